/** `npm run keys`: each command, run as people run it, on a local database of its own. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { root, toolEnvironment } from "../../../../scripts/setup/environment.mjs";
import { applyMigrations } from "../../../../scripts/setup/migrations.mjs";

const state = await mkdtemp(join(tmpdir(), "trawl-keys-test-"));
applyMigrations(state);
afterAll(() => rm(state, { recursive: true, force: true }));

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

function keys(...args: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const command = [join(root, "scripts", "keys", "index.ts"), ...args, "--persist-to", state];
    const options = { cwd: root, env: toolEnvironment(), timeout: 60_000 };
    execFile(process.execPath, command, options, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

it("makes keys, lists them without the key itself, and revokes them", { timeout: 60_000 }, async () => {
  const made = await keys("create", "--name", "first");
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^trawl_[0-9A-Za-z]{32}\n$/) });
  const listed = await keys("list");
  const [one] = JSON.parse(listed.stdout);
  expect(listed.stdout).not.toContain(made.stdout.trim());
  expect(one).toMatchObject({ account: "first", starts_with: made.stdout.slice(0, 12), revoked: null });
  expect(await keys("revoke", one.id)).toMatchObject({ code: 0, stderr: `Revoked ${one.id}.\n` });
  expect(await keys("revoke", one.id)).toMatchObject({ code: 2, stdout: "" });
  expect(JSON.parse((await keys("list")).stdout)).toMatchObject([
    { id: one.id, revoked: expect.any(String) },
  ]);
});

it("sets what an account may use, and leaves what is not named", { timeout: 60_000 }, async () => {
  const show = async () => JSON.parse((await keys("accounts", "show", "--name", "first")).stdout);
  expect(await show()).toEqual({
    id: expect.stringMatching(/^acct_/),
    name: "first",
    created: expect.stringMatching(/Z$/),
    credit_limit: "unlimited",
    credits_used: 0,
    credits_reserved: 0,
    rate_usd: 0.001,
    max_batch_items: "none",
    parsers: "all",
    countries: "all",
  });

  const terms = ["--credit-limit", "1000", "--rate-usd", "0.0025", "--max-batch-items", "50"];
  const grants = ["--parsers", "@trawl/article, @trawl/contact", "--countries", "de,Fr"];
  const set = await keys("accounts", "set", "--name", "first", ...terms, ...grants);
  const closed = {
    credit_limit: 1000,
    rate_usd: 0.0025,
    max_batch_items: 50,
    parsers: ["@trawl/article", "@trawl/contact"],
    countries: ["DE", "FR"],
  };
  expect(JSON.parse(set.stdout)).toMatchObject(closed);
  await keys("accounts", "set", "--name", "first", "--credit-limit", "unlimited", "--countries", "all");
  expect(await show()).toMatchObject({ ...closed, credit_limit: "unlimited", countries: "all" });
});

describe("a command that is off says what to mend", () => {
  const rows: [args: string[], says: RegExp][] = [
    [["accounts"], /There is no command accounts/],
    [["create"], /Which account\?/],
    [["create", "name"], /takes no "name"/],
    [["list", "--unknown"], /Unknown option '--unknown'/],
    [
      ["accounts", "set", "--name", "first", "--credit-limit", "many", "--rate-usd", "1,5"],
      /^--credit-limit must.*\n--rate-usd must/m,
    ],
    [["accounts", "show", "--name", "nobody"], /There is no account "nobody"/],
  ];
  it.each(rows)("%j", { timeout: 60_000 }, async (args, says) => {
    const { code, stdout, stderr } = await keys(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
