/** Which account a deploy goes to, and what it does not touch there. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { root } from "../../scripts/setup/environment.mjs";
import { addDatabase, addQueue, addScript } from "../cloudflare/account.ts";
import { ApiError } from "../cloudflare/api-error.ts";
import type { LoggedCall } from "../cloudflare/server.ts";
import { type Deploying, secretsOf, startDeploying } from "./deploying.ts";

const isFull = process.env.DEPLOY_FAULTS === "all";
let deploying: Deploying;

beforeAll(async () => {
  deploying = await startDeploying();
});

beforeEach(() => deploying.fake.forget());

afterAll(() => deploying.stop());

/** The accounts that calls went to. */
function accountsIn(calls: LoggedCall[]): string[] {
  return [
    ...new Set(
      calls.map(({ path }) => /^\/accounts\/([0-9a-f]{32})/.exec(path)?.[1]).filter((id) => id !== undefined),
    ),
  ];
}

test("two accounts are deployed from one checkout in turn, although wrangler remembers another", async () => {
  const { fake, target, run } = deploying;
  const [first, second] = [target("trawl-first"), target("trawl-second")];
  const cache = join(root, "node_modules/.cache/wrangler");
  const poisoned = join(cache, "wrangler-account.json");
  mkdirSync(cache, { recursive: true });
  writeFileSync(poisoned, JSON.stringify({ account: { id: first.id, name: first.name } }));
  try {
    for (const [name, account] of [
      ["trawl-second", second],
      ["trawl-first", first],
    ] as const) {
      fake.forget();
      expect(await run("deploy", name, "--no-probe")).toMatchObject({ code: 0 });
      expect(accountsIn(fake.calls)).toEqual([account.id]);
    }
  } finally {
    rmSync(poisoned);
  }
});

test("two names in one account share nothing", async () => {
  const { fake, folder, target, run } = deploying;
  const account = target("trawl-left");
  const right = { account_id: account.id, name: "trawl-right", url: fake.workerUrl(account, "trawl-right") };
  writeFileSync(join(folder, "trawl-right.json"), JSON.stringify(right));
  for (const name of ["trawl-left", "trawl-right"])
    expect(await run("deploy", name, "--no-probe")).toMatchObject({ code: 0 });
  expect([account.scripts.size, account.databases.size, account.buckets.size, account.queues.size]).toEqual([
    2, 2, 2, 4,
  ]);
  const versions = [...account.scripts.values()].map(({ versions }) => versions.at(-1));
  const shared = (type: string, field: string) =>
    new Set(
      versions.flatMap((version) =>
        version?.bindings.filter((one) => one.type === type).map((one) => one[field]),
      ),
    );
  expect([
    shared("d1", "id").size,
    shared("r2_bucket", "bucket_name").size,
    shared("queue", "queue_name").size,
  ]).toEqual([2, 2, 2]);
  expect(shared("ratelimit", "namespace_id").size).toBe(
    2 * (versions[0]?.bindings.filter(({ type }) => type === "ratelimit").length ?? 0),
  );
  expect(secretsOf(account, "trawl-left")).not.toEqual(secretsOf(account, "trawl-right"));
  fake.forget();
  expect(await run("deploy:destroy", "trawl-left", "--data", "--yes", "trawl-left")).toMatchObject({
    code: 0,
  });
  expect(await run("deploy", "trawl-right")).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("No change."),
  });
});

describe("without a terminal", () => {
  test.each([
    ["deploy", []],
    ["deploy", ["--dry-run"]],
    ["deploy:status", []],
  ])("%s %j names the token that is missing", async (command, args) => {
    const { runWith, fake } = deploying;
    const home = mkdtempSync(join(tmpdir(), "trawl-home-"));
    const env = { CLOUDFLARE_API_TOKEN: undefined, HOME: home, XDG_CONFIG_HOME: home };
    const ended = await runWith(env, command, ...args);
    rmSync(home, { recursive: true, force: true });
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining("CLOUDFLARE_API_TOKEN") });
    expect(fake.calls).toEqual([]);
  });

  test("an ambiguous account ends at once with a list of them", async () => {
    const { fake, runWith } = deploying;
    const accounts = [fake.addAccount({ name: "One" }), fake.addAccount({ name: "Two" })];
    fake.addToken("of-two-accounts", accounts);
    for (const args of [[], ["--dry-run"]]) {
      const ended = await runWith({ CLOUDFLARE_API_TOKEN: "of-two-accounts" }, "deploy", ...args);
      expect(ended.code).toBe(2);
      for (const { id, name } of accounts) expect(ended.stderr).toContain(`${id}  ${name}`);
    }
    expect(fake.writes).toEqual([]);
  });

  test("the price of more browsers has to be accepted", async () => {
    const { fake, target, run } = deploying;
    target("trawl-large", {}, { vars: { MAX_BROWSERS: 110 } });
    const ended = await run("deploy", "trawl-large");
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining("up to $200 a month") });
    expect(ended.stderr).toContain("--yes");
    expect(fake.writes).toEqual([]);
    expect(await run("deploy", "trawl-large", "--yes", "--dry-run")).toMatchObject({ code: 3 });
  });
});

describe("a token", () => {
  test("of an account is enough", async () => {
    const { fake, target, runWith } = deploying;
    fake.addToken("of-an-account", [target("trawl-account-token")], "account");
    const ended = await runWith(
      { CLOUDFLARE_API_TOKEN: "of-an-account" },
      "deploy",
      "trawl-account-token",
      "--no-probe",
    );
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stdout + ended.stderr).not.toContain("of-an-account");
  });

  test("of wrangler's login is used if there is no other", async () => {
    const { fake, target, runWith } = deploying;
    fake.addToken("of-a-login", [target("trawl-login")], "oauth");
    const home = mkdtempSync(join(tmpdir(), "trawl-home-"));
    const config = join(home, ".wrangler/config");
    mkdirSync(config, { recursive: true });
    const expiration = new Date(Date.now() + 3_600_000).toISOString();
    writeFileSync(
      join(config, "default.toml"),
      `oauth_token = "of-a-login"\nexpiration_time = "${expiration}"\nscopes = []\n`,
    );
    const env = { CLOUDFLARE_API_TOKEN: undefined, HOME: home, XDG_CONFIG_HOME: home };
    const ended = await runWith(env, "deploy", "trawl-login", "--dry-run");
    rmSync(home, { recursive: true, force: true });
    expect(ended).toMatchObject({ code: 3 });
  });

  test("that is refused is explained", async () => {
    const { target, runWith } = deploying;
    target("trawl-denied");
    const ended = await runWith({ CLOUDFLARE_API_TOKEN: "unknown" }, "deploy", "trawl-denied");
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('"D1: Edit"') });
    expect(ended.stderr).not.toContain("unknown\n");
  });
});

test("what others have made is refused together, and used when told to", async () => {
  const { fake, target, run } = deploying;
  const account = target("trawl-foreign");
  addScript(account, "trawl-foreign");
  addScript(account, "other-worker");
  account.databases.get(addDatabase(account, "trawl-foreign"))?.sqlite.exec("CREATE TABLE orders (id)");
  account.buckets.set("trawl-foreign-content", new Map([["invoice.pdf", new Uint8Array()]]));
  addQueue(account, "trawl-foreign-render").consumers.push({
    consumer_id: "c".repeat(32),
    script_name: "other-worker",
    type: "worker",
    settings: {},
    created_on: "2026-11-01T00:00:00Z",
  });
  const refused = await run("deploy", "trawl-foreign");
  expect(refused.code).toBe(1);
  for (const part of [
    "Worker trawl-foreign",
    "D1 database trawl-foreign",
    "R2 bucket trawl-foreign-content",
    "consumer other-worker",
  ]) {
    expect(refused.stderr).toMatch(new RegExp(`^The .*${part}.*--adopt\\.$`, "m"));
  }
  expect(fake.writes).toEqual([]);
  expect(await run("deploy:destroy", "trawl-foreign", "--data", "--yes", "trawl-foreign")).toMatchObject({
    code: 1,
  });
  expect(fake.writes).toEqual([]);
  expect(await run("deploy", "trawl-foreign", "--adopt", "--no-probe")).toMatchObject({ code: 0 });
  const [queue] = [...account.queues.values()].filter(({ name }) => name === "trawl-foreign-render");
  expect(queue?.consumers.map(({ script_name }) => script_name)).toEqual(["trawl-foreign"]);
});

describe("a plan's limit has one line that says what to do", () => {
  const refuse =
    (path: RegExp, status: number, code: number, method = /./) =>
    (call: LoggedCall) =>
      path.test(call.path) && method.test(call.method)
        ? new ApiError(status, code, "As Cloudflare says it.")
        : undefined;

  test.each([
    ["no R2", { hasR2: false }, undefined, "R2 is not enabled: enable it in the dashboard"],
    ["no Queues", { hasQueues: false }, undefined, "plan has no Queues"],
    ["no subdomain", { subdomain: undefined }, undefined, "choose one with --subdomain NAME"],
    ["too many databases", { maxDatabases: 0 }, undefined, "as many D1 databases as its plan allows"],
    [
      "a Worker too large",
      {},
      refuse(/scripts\/[^/]+$/, 400, 10027, /PUT/),
      "too large for the account's plan",
    ],
  ] as const)("%s", async (limit, account, refusal, line) => {
    const { fake, target, run } = deploying;
    const name = `trawl-${limit.replaceAll(" ", "-").toLowerCase()}`;
    target(name, account);
    if (refusal) fake.refuse = refusal;
    const ended = await run("deploy", name, "--no-probe");
    expect(ended.code).toBe(1);
    const explained = ended.stderr.split("\n").filter((text) => text.includes(line));
    expect(explained).toHaveLength(1);
    expect(explained[0]).toMatch(/\[\d+\]$/);
  });

  test("several are reported together", async () => {
    const { fake, target, run } = deploying;
    target("trawl-several", { hasR2: false, hasQueues: false, subdomain: undefined });
    const ended = await run("deploy", "trawl-several");
    expect(ended.stderr.trim().split("\n")).toHaveLength(3);
    expect(fake.writes).toEqual([]);
  });

  test("the free plan is found out, and gets its profile", async () => {
    const { target, run } = deploying;
    const account = target("trawl-free", { plan: "free" });
    const ended = await run("deploy", "trawl-free", "--no-probe", "--json");
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject({ profile: "free" });
    const version = account.scripts.get("trawl-free")?.versions.at(-1);
    expect(version?.limits).toBeUndefined();
    expect(version?.bindings).toContainEqual({ type: "plain_text", name: "MAX_BROWSERS", text: "3" });
    expect(await run("deploy", "trawl-free")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("No change."),
    });
  });
});

test("a whole folder of targets is deployed although one fails, and 429 is waited out", async () => {
  const many = await startDeploying();
  const count = isFull ? 20 : 3;
  try {
    const accounts = Array.from({ length: count }, (_, n) =>
      many.target(`trawl-of-many-${n}`, n === 1 ? { hasR2: false } : {}),
    );
    const refused = new Set<string>();
    many.fake.refuse = ({ method, path }) => {
      const isFirst = path === `/accounts/${accounts[0]?.id}/queues` && !refused.has(method);
      refused.add(isFirst ? method : "");
      return isFirst ? new ApiError(429, 10429, "Too many calls.") : undefined;
    };
    const ended = await many.run("deploy", "--all", "--no-probe");
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain("Cloudflare asks to wait 1 s");
    const table = ended.stdout.trim().split("\n").slice(-count);
    expect(table.filter((line) => /\d+ made$/.test(line))).toHaveLength(count - 1);
    expect(table.filter((line) => line.includes("failed: R2 is not enabled"))).toHaveLength(1);
    expect(accounts.filter(({ scripts }) => scripts.size === 1)).toHaveLength(count - 1);
    const status = await many.run("deploy:status", "--all", "--json");
    expect(JSON.parse(status.stdout)).toHaveLength(count);
  } finally {
    await many.stop();
  }
});
