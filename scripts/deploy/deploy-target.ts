/** Deploys one target, or says what deploying it would change. */
import { type AccountState, readAccount } from "./account-state.ts";
import { apply } from "./apply.ts";
import { readVersionTag, versionTag } from "./bundle.ts";
import { Cloudflare } from "./cloudflare-api.ts";
import { type Names, namesOf, wantedConfiguration } from "./configuration.ts";
import { ask, findAccount, hasTerminal } from "./credentials.ts";
import { Blocked, InputNeeded } from "./failures.ts";
import { blockersFor, type Change, changesFor, type Intent, newCost } from "./plan.ts";
import type { Profile } from "./profiles.ts";
import type { Target } from "./target.ts";

export interface Session {
  token: string;
  sourceDigest: string;
  /** Time limit for one step, in ms. */
  limitMs: number;
  say: (line: string) => void;
}

export interface Plan {
  api: Cloudflare;
  intent: Intent;
  state: AccountState;
  profile: Profile;
  isProfileGuessed: boolean;
  /** A line for each part of the account that could not be read. They are among the blockers. */
  unreadable: string[];
  blockers: string[];
  changes: Change[];
  /** Undefined if the account has no workers.dev subdomain yet, and the target neither. */
  url: string | undefined;
  /** What more browsers than before may cost, if they do. */
  cost: string | undefined;
}

const restLimitMs = 60_000;

export function connect({ token, limitMs, say }: Session): Cloudflare {
  return new Cloudflare({ token, limitMs: Math.min(limitMs, restLimitMs), say });
}

/** Makes all reads, and no write. */
export async function planTarget(target: Target, adopt: boolean, session: Session): Promise<Plan> {
  const api = connect(session);
  const accountId = await findAccount(api, target.account_id);
  const names: Names = namesOf(target.name);
  const { state, unreadable } = await readAccount(api, accountId, target, names);
  const deployed = readVersionTag(state.worker?.versions.find(({ tag }) => tag)?.tag)?.profile;
  const profile = target.profile ?? deployed ?? "paid";
  const wanted = wantedConfiguration(target, profile, state.database?.id);
  const tag = versionTag(session.sourceDigest, profile, wanted);
  const intent: Intent = { accountId, target, names, wanted, tag, adopt };
  const subdomain = state.subdomain ?? target.subdomain;
  return {
    api,
    intent,
    state,
    profile,
    isProfileGuessed: !target.profile && !deployed,
    unreadable,
    blockers: [...unreadable, ...blockersFor(intent, state)],
    changes: changesFor(intent, state),
    url: target.url ?? (subdomain && `https://${names.worker}.${subdomain}.workers.dev`),
    cost: newCost(intent, state),
  };
}

export interface DeployOptions {
  adopt: boolean;
  dryRun: boolean;
  /** Accept the price of more browsers. */
  yes: boolean;
  /** Create a key if there is none. Without it, a new ADMIN_TOKEN is not told either. */
  withKey: boolean;
}

export interface Outcome {
  target: string;
  account_id?: string;
  name: string;
  url?: string;
  profile?: Profile;
  /** What was done, or would be in a dry run. */
  changes: string[];
  key?: string;
  admin_token?: string;
  error?: string;
}

/**
 * @returns the deployment's ADMIN_TOKEN if its Worker was uploaded and the token is known: it was made just now, or the
 *   environment has it
 * @throws {Blocked | InputNeeded | Error}. `outcome` has then what was reached before
 */
export async function deployTarget(
  target: Target,
  { adopt, dryRun, yes, withKey }: DeployOptions,
  session: Session,
  outcome: Outcome,
): Promise<string | undefined> {
  const { say, sourceDigest, token, limitMs } = session;
  const plan = await planTarget(target, adopt, session);
  const { api, intent, state, blockers, profile, isProfileGuessed, url } = plan;
  const changes = plan.changes.filter(({ kind }) => withKey || kind !== "key");
  Object.assign(outcome, { account_id: intent.accountId, url, profile });
  if (blockers.length > 0) throw new Blocked(blockers);
  if (plan.cost) say(plan.cost);
  if (dryRun || changes.length === 0) {
    outcome.changes = changes.map(({ line }) => line);
    return undefined;
  }
  if (plan.cost && !yes) await confirmCost();
  let adminToken = process.env.ADMIN_TOKEN;
  const done = await apply(
    {
      api,
      intent,
      profile,
      isProfileGuessed,
      sourceDigest,
      wrangler: { target: target.target, accountId: intent.accountId, token, limitMs },
      url: url ?? "",
      say,
      onSecret: (kind, text) => {
        if (kind === "admin_token") adminToken = text;
        if (withKey) outcome[kind] = text;
      },
    },
    changes,
    state,
  );
  outcome.profile = done.profile;
  outcome.changes = changes.map(({ line }) => line);
  return changes.some(({ kind }) => kind === "worker") ? adminToken : undefined;
}

async function confirmCost(): Promise<void> {
  if (!hasTerminal()) throw new InputNeeded("To accept this price, add --yes.");
  const answer = await ask("Deploy with this price? (yes/no) ");
  if (answer !== "yes") throw new InputNeeded("Nothing was changed.");
}
