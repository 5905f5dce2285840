/** Makes the changes of a plan, one after another. Stopped anywhere, the next run plans and makes what is left. */
import { setTimeout as delay } from "node:timers/promises";
import { type AccountState, bucketHeaders, readAccount } from "./account-state.ts";
import { provideBundle, versionTag } from "./bundle.ts";
import type { Cloudflare } from "./cloudflare-api.ts";
import { wantedConfiguration, writeConfiguration } from "./configuration.ts";
import { DeployFailure } from "./failures.ts";
import { createFirstKey } from "./first-key.ts";
import { untilHealthy } from "./health.ts";
import { type Change, changesFor, type Intent } from "./plan.ts";
import { type Profile, profiles } from "./profiles.ts";
import { remoteDatabase } from "./remote-database.ts";
import { newSecrets, withSecretsFile } from "./secrets-file.ts";
import { WranglerError, type WranglerOptions, wrangler } from "./wrangler.ts";

export interface Deployment {
  api: Cloudflare;
  intent: Intent;
  profile: Profile;
  /** The profile was not asked for, so the plan may turn out to be another. */
  isProfileGuessed: boolean;
  sourceDigest: string;
  wrangler: WranglerOptions;
  url: string;
  say: (line: string) => void;
  /** Gets secrets that nothing else can tell again, even if the run fails later. */
  onSecret: (kind: "key" | "admin_token", text: string) => void;
}

const freePlanRefusesLimits = 100328;
const readBackAttempts = 5;
const readBackEveryMs = 1000;

/** @throws if a change could not be made. Those before it stay */
export async function apply(
  deployment: Deployment,
  changes: Change[],
  state: AccountState,
): Promise<{ profile: Profile }> {
  const { intent, say } = deployment;
  let databaseId = state.database?.id;
  let { profile } = deployment;
  // If the code cannot be bundled, nothing is changed.
  if (changes.some(({ kind }) => kind === "worker")) {
    await provideBundle(deployment.sourceDigest, deployment.wrangler);
  }
  for (const change of changes) {
    if (change.kind === "key") continue;
    say(`${change.line} …`);
    if (change.kind === "database") databaseId = await createDatabase(deployment);
    else if (change.kind === "worker")
      profile = await upload(deployment, change.missingSecrets, databaseId ?? "");
    else await make(deployment, change, databaseId ?? "", state);
  }
  if (changes.some(({ kind }) => kind !== "key")) {
    await readBack({ ...deployment, profile });
    say(`Waiting for ${deployment.url}/health …`);
  }
  await untilHealthy(deployment.url);
  const key = changes.find(({ kind }) => kind === "key");
  if (key) {
    say(`${key.line} …`);
    const db = remoteDatabase(deployment.api, intent.accountId, databaseId ?? "");
    await createFirstKey(db, profiles[profile].maxBatchItems, (text) => deployment.onSecret("key", text));
  }
  return { profile };
}

async function make(
  deployment: Deployment,
  change: Exclude<Change, { kind: "key" | "database" | "worker" }>,
  databaseId: string,
  state: AccountState,
): Promise<void> {
  const { api, intent } = deployment;
  const account = `/accounts/${intent.accountId}`;
  switch (change.kind) {
    case "subdomain":
      await api.put(`${account}/workers/subdomain`, { subdomain: change.subdomain });
      return;
    case "bucket":
      await api.post(`${account}/r2/buckets`, { name: intent.names.bucket }, bucketHeaders(intent.target));
      return;
    case "queue":
      await api.post(`${account}/queues`, { queue_name: change.name });
      return;
    case "consumer":
      await api.delete(`${account}/queues/${change.queueId}/consumers/${change.consumerId}`);
      return;
    case "migrations":
      await migrate(deployment, databaseId, state);
  }
}

async function createDatabase({ api, intent }: Deployment): Promise<string> {
  const { jurisdiction } = intent.target;
  const { uuid } = await api.post<{ uuid: string }>(`/accounts/${intent.accountId}/d1/database`, {
    name: intent.names.database,
    ...(jurisdiction && { jurisdiction }),
  });
  return uuid;
}

/** D1 can go back to a bookmark for 30 days, so one from before the migrations is printed. */
async function migrate(deployment: Deployment, databaseId: string, state: AccountState): Promise<void> {
  const { api, intent, say } = deployment;
  const { accountId, names } = intent;
  if (state.database && state.database.migrations.length > 0) {
    const path = `/accounts/${accountId}/d1/database/${databaseId}/time_travel/bookmark`;
    const { bookmark } = await api.get<{ bookmark: string }>(path);
    say(`The database before its migrations has the bookmark ${bookmark}.`);
  }
  const file = await configurationFile(deployment, deployment.profile, databaseId);
  await wrangler(
    ["d1", "migrations", "apply", names.database, "--remote", "--config", file.path],
    deployment.wrangler,
  );
}

async function configurationFile(deployment: Deployment, profile: Profile, databaseId: string) {
  const { intent, sourceDigest } = deployment;
  const wanted = wantedConfiguration(intent.target, profile, databaseId);
  const bundle = await provideBundle(sourceDigest, deployment.wrangler);
  const path = writeConfiguration(intent.target.target, intent.accountId, bundle, wanted);
  return { path, tag: versionTag(sourceDigest, profile, wanted) };
}

/**
 * Uploads the Worker with the secrets that it lacks, and sets its triggers. Existing secrets stay as they are.
 *
 * @returns the profile that the account's plan takes
 */
async function upload(
  deployment: Deployment,
  missingSecrets: string[],
  databaseId: string,
): Promise<Profile> {
  const secrets = newSecrets(missingSecrets);
  const deployAs = async (profile: Profile) => {
    const { path, tag } = await configurationFile(deployment, profile, databaseId);
    const args = ["deploy", "--config", path, "--tag", tag];
    if (missingSecrets.length === 0) return wrangler(args, deployment.wrangler);
    await withSecretsFile(secrets, (file) =>
      wrangler([...args, "--secrets-file", file], deployment.wrangler),
    );
  };
  try {
    await deployAs(deployment.profile);
    return deployment.profile;
  } catch (error) {
    const isFree = error instanceof WranglerError && error.codes.includes(freePlanRefusesLimits);
    if (!isFree || !deployment.isProfileGuessed) throw error;
    deployment.say("The account is on the free plan: deploying with the profile free …");
    await deployAs("free");
    return "free";
  } finally {
    if (secrets.ADMIN_TOKEN) deployment.onSecret("admin_token", secrets.ADMIN_TOKEN);
  }
}

/** Checks that Cloudflare shows what was made: an upload can succeed and its triggers fail. */
async function readBack({ api, intent, profile, sourceDigest }: Deployment): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { state } = await readAccount(api, intent.accountId, intent.target, intent.names);
    const wanted = wantedConfiguration(intent.target, profile, state.database?.id);
    const tag = versionTag(sourceDigest, profile, wanted);
    const left = changesFor({ ...intent, wanted, tag }, state).filter(({ kind }) => kind !== "key");
    if (left.length === 0) return;
    if (attempt === readBackAttempts) {
      const lines = left.map(({ line }) => line).join("; ");
      throw new DeployFailure(
        `Everything was sent, but Cloudflare does not show it yet: ${lines}. Run this again.`,
      );
    }
    await delay(readBackEveryMs);
  }
}
