/** `npm run deploy` and its companions on one account. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hashKey } from "../../src/account/keys.ts";
import type { Account } from "../cloudflare/account.ts";
import {
  configurationOf,
  type Deploying,
  keyHashes,
  printed,
  secretsOf,
  startDeploying,
  stateOf,
} from "./deploying.ts";

const name = "trawl-one";
let deploying: Deploying;
let account: Account;

beforeAll(async () => {
  deploying = await startDeploying();
  account = deploying.target(name);
});

afterAll(() => deploying.stop());

test("an empty account gets a working deployment and a key by one command", async () => {
  const { fake, run } = deploying;
  const ended = await run("deploy", name, "--no-probe");
  expect(ended).toMatchObject({ code: 0 });
  expect(fake.unknown).toEqual([]);
  expect(printed(ended, "URL:")).toBe(fake.workerUrl(account, name));
  expect(keyHashes(account)).toEqual([hashKey(printed(ended, "Key:"))]);
  const secrets = secretsOf(account, name);
  expect(secrets).toEqual({
    URL_SIGNING_SECRET: expect.any(String),
    ADMIN_TOKEN: printed(ended, "ADMIN_TOKEN:"),
  });
  expect(ended.stdout + ended.stderr).not.toContain(secrets.URL_SIGNING_SECRET);
  const state = stateOf(account);
  expect(state.databases[0]?.migrations.length).toBeGreaterThan(0);
  expect(state.queues).toMatchObject([
    {
      name: `${name}-render`,
      consumers: [
        {
          script_name: name,
          dead_letter_queue: `${name}-render-dead`,
          settings: { batch_size: 1, max_retries: 3, max_wait_time_ms: 0, retry_delay: 2 },
        },
      ],
    },
    {
      name: `${name}-render-dead`,
      consumers: [{ script_name: name, settings: { batch_size: 100, max_retries: 10 } }],
    },
  ]);
  expect(state.scripts[0]?.crons).toHaveLength(2);
  expect(configurationOf(name)).toMatchObject({ account_id: account.id, preview_urls: false });
  expect(JSON.stringify(configurationOf(name))).not.toContain(secrets.ADMIN_TOKEN);
});

test("a second run changes nothing and makes no call that could", async () => {
  const { fake, run } = deploying;
  fake.forget();
  const ended = await run("deploy", name);
  expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining("No change.") });
  expect(ended.stdout).not.toContain("Key:");
  expect(fake.writes).toEqual([]);
  const status = await run("deploy:status", name);
  expect(status).toMatchObject({ code: 0, stdout: expect.stringContaining("As wanted.") });
});

test("another setting is uploaded as a new version, status shows drift, and rollback returns to the version before", async () => {
  const { fake, folder, run } = deploying;
  const before = secretsOf(account, name);
  const target = { account_id: account.id, name, url: fake.workerUrl(account, name) };
  writeFileSync(join(folder, `${name}.json`), JSON.stringify({ ...target, vars: { LOG_LEVEL: "debug" } }));
  const drift = await run("deploy:status", name);
  expect(drift).toMatchObject({ code: 3, stdout: expect.stringContaining("its code or settings differ") });
  fake.forget();
  const dry = await run("deploy", name, "--dry-run");
  expect(dry).toMatchObject({ code: 3, stdout: expect.stringContaining("Would change:") });
  expect(fake.writes).toEqual([]);

  const upgraded = await run("deploy", name, "--no-probe", "--json");
  expect(upgraded.code).toBe(0);
  expect(JSON.parse(upgraded.stdout)).toMatchObject({
    target: name,
    changes: [expect.stringContaining("Upload")],
  });
  expect(secretsOf(account, name)).toEqual(before);
  expect(account.scripts.get(name)?.versions).toHaveLength(2);
  expect(await run("deploy:status", name)).toMatchObject({ code: 0 });

  const [first, second] = account.scripts.get(name)?.versions ?? [];
  const back = await run("deploy:rollback", "--target", name);
  expect(back).toMatchObject({ code: 0, stdout: expect.stringContaining(`Runs version ${first?.id}`) });
  expect(account.scripts.get(name)?.deployments[0]?.versionId).toBe(first?.id);
  expect(await run("deploy:status", name)).toMatchObject({ code: 3 });
  expect(await run("deploy:rollback", second?.id ?? "", "--target", name)).toMatchObject({ code: 0 });
  expect(await run("deploy:rollback", "no-such-version", "--target", name)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("There is no version no-such-version"),
  });
});

test("a rollback across a change of the Durable Objects' storage is refused with what to do", async () => {
  const { run } = deploying;
  const versions = account.scripts.get(name)?.versions ?? [];
  const [older] = versions;
  const tag = older?.annotations["workers/tag"] ?? "";
  if (older) older.annotations["workers/tag"] = tag.replace(/-[^-]+-/, "-v0-");
  const ended = await run("deploy:rollback", older?.id ?? "", "--target", name);
  expect(ended).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("deploy a corrected version instead"),
  });
  if (older) older.annotations["workers/tag"] = tag;
});

test("keys of the deployment are managed from the command line", async () => {
  const { runWith } = deploying;
  const made = await runWith({}, "keys", "create", "--name", "ci", "--target", name);
  expect(made.code).toBe(0);
  expect(keyHashes(account)).toContain(hashKey(made.stdout.trim()));
});

test("Cloudflare's own builds take the dashboard's name, and print no secret", async () => {
  const { fake, runWith } = deploying;
  const builds = fake.addAccount();
  fake.addToken("of-a-build", [builds]);
  const url = fake.workerUrl(builds, "trawl-built");
  const env = {
    CLOUDFLARE_API_TOKEN: "of-a-build",
    CLOUDFLARE_ACCOUNT_ID: builds.id,
    WORKERS_CI: "1",
    WRANGLER_CI_OVERRIDE_NAME: "trawl-built",
  };
  const built = await runWith(env, "deploy", "--url", url);
  expect(built).toMatchObject({ code: 0 });
  expect([...builds.scripts.keys()]).toEqual(["trawl-built"]);
  expect(keyHashes(builds)).toEqual([]);
  const { ADMIN_TOKEN } = secretsOf(builds, "trawl-built");
  expect(ADMIN_TOKEN).toEqual(expect.any(String));
  expect(built.stdout + built.stderr).not.toContain(ADMIN_TOKEN);
});

test("destroy asks for the name, keeps the data, removes it when told to, and has nothing to do afterwards", async () => {
  const { fake, run } = deploying;
  fake.forget();
  expect(await run("deploy:destroy", name)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`--yes ${name}`),
  });
  expect(await run("deploy:destroy", name, "--yes", "another")).toMatchObject({ code: 2 });
  expect(fake.writes).toEqual([]);

  account.buckets.get(`${name}-content`)?.set("content/1/page.html", new Uint8Array([1]));
  const kept = await run("deploy:destroy", name, "--yes", name);
  expect(kept).toMatchObject({ code: 0, stdout: expect.stringContaining(`Kept: the D1 database ${name}`) });
  expect([account.scripts.size, account.queues.size, account.databases.size, account.buckets.size]).toEqual([
    0, 0, 1, 1,
  ]);
  const order = fake.writes.map(({ path }) =>
    path
      .split("/")
      .slice(3)
      .join("/")
      .replace(/[0-9a-f]{32}/g, "ID"),
  );
  expect(order).toEqual([
    "queues/ID/consumers/ID",
    "queues/ID/consumers/ID",
    `workers/services/${name}`,
    "queues/ID",
    "queues/ID",
  ]);

  fake.faultOf = (write) => (write > order.length && write === order.length + 2 ? "fails" : undefined);
  expect(await run("deploy:destroy", name, "--data", "--yes", name)).toMatchObject({ code: 1 });
  expect(await run("deploy:destroy", name, "--data", "--yes", name)).toMatchObject({ code: 0 });
  expect([account.databases.size, account.buckets.size]).toEqual([0, 0]);
  fake.forget();
  expect(await run("deploy:destroy", name, "--data", "--yes", name)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("Nothing to do."),
  });
  expect(fake.writes).toEqual([]);
});
