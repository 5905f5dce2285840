/**
 * A deploy that is interrupted at any write is finished by the next one. `npm run test:faults -- --deploy` interrupts each write in each
 * way; `npm test` only those where most can go wrong.
 */
import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hashKey } from "../../src/account/keys.ts";
import type { Account } from "../cloudflare/account.ts";
import type { Fault, LoggedCall } from "../cloudflare/server.ts";
import { type Deploying, keyHashes, printed, secretsOf, startDeploying, stateOf } from "./deploying.ts";

const isFull = process.env.DEPLOY_FAULTS === "all";
/** Calls that hang are given up after this many seconds. */
const givenUpAfter = "5";

const migrations = readdirSync("migrations").filter((name) => name.endsWith(".sql"));

/** Of an uninterrupted deploy, in order. Migrations are several calls. */
const writes: (readonly [write: string, pattern: RegExp])[] = [
  ["the bucket is created", /r2\/buckets$/],
  ["the database is created", /d1\/database$/],
  ["the first queue is created", /queues$/],
  ["the second queue is created", /queues$/],
  ["migrations begin", /d1\/database\/[^/]+\/query$/],
  ...migrations.map((name) => [`${name} is applied`, /d1\/database\/[^/]+\/query$/] as const),
  ["the Worker is uploaded", /workers\/scripts\/[^/]+$/],
  ["its workers.dev address is enabled", /scripts\/[^/]+\/subdomain$/],
  ["its crons are set", /schedules$/],
  ["the first consumer is made", /consumers$/],
  ["the second consumer is made", /consumers$/],
  ["the account of the key is made", /d1\/database\/[^/]+\/raw$/],
  ["the key is stored", /d1\/database\/[^/]+\/raw$/],
];
const faults: Fault[] = ["fails", "hangs", "loses its answer"];

/** Writes with the fault that most may go wrong with. */
const sample: [write: string, fault: Fault][] = [
  ["the database is created", "loses its answer"],
  ["the Worker is uploaded", "loses its answer"],
  ["the key is stored", "loses its answer"],
];
const cases = isFull ? writes.flatMap(([write]) => faults.map((fault) => [write, fault] as const)) : sample;

let deploying: Deploying;
let wanted: ReturnType<typeof stateOf>;

/** The accounts are alike, except for their names. */
function withoutName(account: Account, name: string) {
  return JSON.parse(JSON.stringify(stateOf(account)).replaceAll(name, "NAME"));
}

beforeAll(async () => {
  deploying = await startDeploying();
  const account = deploying.target("trawl-whole");
  expect(await deploying.run("deploy", "trawl-whole", "--no-probe")).toMatchObject({ code: 0 });
  wanted = withoutName(account, "trawl-whole");
});

afterAll(() => deploying.stop());

test("a deploy makes these writes", () => {
  const paths = deploying.fake.writes.map(({ path }) => path);
  expect(paths).toHaveLength(writes.length);
  for (const [i, [, pattern]] of writes.entries()) expect(paths[i]).toMatch(pattern);
});

describe("the next run finishes a deploy that was interrupted", () => {
  test.each(cases)("when %s and that call %s", async (write, fault) => {
    const { fake, target, run } = deploying;
    const index = writes.findIndex(([name]) => name === write) + 1;
    const name = `trawl-cut-${index}-${faults.indexOf(fault)}`;
    const account = target(name);
    fake.forget();
    const only = (call: LoggedCall) => call.path.includes(account.id);
    fake.faultOf = (n, call) => (n === index && only(call) ? fault : undefined);
    const cut = await run(
      "deploy",
      name,
      "--no-probe",
      "--timeout",
      fault === "hangs" ? givenUpAfter : "600",
    );
    // wrangler makes some calls again, so this run may have succeeded all the same.
    expect([0, 1]).toContain(cut.code);
    const secrets = secretsOf(account, name);
    fake.forget();

    const resumed = await run("deploy", name, "--no-probe");
    expect(resumed).toMatchObject({ code: 0 });
    expect(withoutName(account, name)).toEqual(wanted);
    expect(fake.unknown).toEqual([]);
    expect(keyHashes(account)).toHaveLength(1);
    const keys = [cut, resumed].map((ended) => printed(ended, "Key:")).filter(Boolean);
    expect(keys.map(hashKey)).toEqual(expect.arrayContaining(keyHashes(account)));
    if (Object.keys(secrets).length > 0) expect(secretsOf(account, name)).toEqual(secrets);
    const tokens = [cut, resumed].map((ended) => printed(ended, "ADMIN_TOKEN:")).filter(Boolean);
    expect(tokens).toContain(secretsOf(account, name).ADMIN_TOKEN);

    fake.forget();
    expect(await run("deploy", name)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("No change."),
    });
    expect(fake.writes).toEqual([]);
  });
});

test("a deploy whose triggers failed after the upload is repaired, and is not called unchanged", async () => {
  const { fake, target, run } = deploying;
  const account = target("trawl-triggers");
  fake.forget();
  fake.faultOf = (_, { path }) => (/schedules$/.test(path) ? "fails" : undefined);
  expect(await run("deploy", "trawl-triggers", "--no-probe")).toMatchObject({ code: 1 });
  expect(account.scripts.get("trawl-triggers")).toMatchObject({ schedules: [] });
  fake.forget();
  expect(await run("deploy:status", "trawl-triggers")).toMatchObject({
    code: 3,
    stdout: expect.stringContaining("its crons differ"),
  });
  const repaired = await run("deploy", "trawl-triggers", "--no-probe");
  expect(repaired).toMatchObject({ code: 0, stdout: expect.not.stringContaining("No change.") });
  expect(account.scripts.get("trawl-triggers")?.schedules).toHaveLength(2);
});
