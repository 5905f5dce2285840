/** Runs each command of `npm run keys` on a temporary local database. */
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
    const command = [join(root, "scripts", "keys", "index.ts"), "--persist-to", state, ...args];
    const options = { cwd: root, env: toolEnvironment(), timeout: 60_000 };
    execFile(process.execPath, command, options, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

it("creates keys, lists them without the key itself, and revokes them", { timeout: 60_000 }, async () => {
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

it("changes the given limits of an account and keeps the others", { timeout: 60_000 }, async () => {
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
    running_batches: 0,
    stored_items: 0,
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

describe("a wrong argument is explained", () => {
  const rows: [args: string[], message: RegExp][] = [
    [["accounts"], /^accounts must be followed by list, show, or set\./],
    [["accounts", "delete"], /^accounts must be followed by .*, got "delete"\./],
    [["make"], /^Unknown command "make"\./],
    [["create"], /^--name is required/],
    [["create", "--name", ""], /^--name must have 1 to 100 characters, got 0\./],
    [["create", "--name"], /^Option --name <value> argument missing\./],
    [["revoke"], /^revoke needs a KEY_ID\./],
    [["revoke", "key_1", "key_2"], /^Unexpected argument "key_2" after revoke\./],
    [["create", "name"], /^Unexpected argument "name" after create\./],
    [["list", "--unknown"], /^Unknown option --unknown\.\nRun "npm run keys -- --help" for usage\.$/m],
    [
      ["accounts", "set", "--name", "first", "--credit-limit", "many", "--rate-usd", "1,5"],
      /^--credit-limit must.*\n--rate-usd must/m,
    ],
    [["accounts", "set", "--name", "first"], /^accounts set needs at least one of --credit-limit, /],
    [["accounts", "show", "--name", "nobody"], /^No account is named "nobody"\./],
  ];
  it.each(rows)("%j", { timeout: 60_000 }, async (args, message) => {
    const { code, stdout, stderr } = await keys(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
