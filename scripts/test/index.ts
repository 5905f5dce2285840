/**
 * `npm test`: type-check, lint and all tests. Always ends, within `limitMs`; the last line is the sum, and the exit code
 * is 0 only if nothing failed.
 *
 * Arguments go to vitest: `npm test -- test/api`.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { limitedRun } from "../processes/limited-run.ts";
import { journalFile, type Tally, tallyOf } from "./journal.ts";
import { isKnownNoise } from "./known-noise.ts";

/** For everything; a CI that allows ten minutes still gets the sum. */
const limitMs = 9 * 60_000;

const startedAt = Date.now();
const folder = mkdtempSync(join(tmpdir(), "trawl-test-"));
const journal = join(folder, "journal");
writeFileSync(journal, "");

process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(130));

const tallies = [
  await check("Type-check", "typecheck"),
  await check("Lint", "lint"),
  await tests(process.argv.slice(2)),
];
const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0);
const failed = tallies.reduce((sum, tally) => sum + tally.failed, 0);
say(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function check(name: string, script: string): Promise<Tally> {
  const { isOk } = await run(["npm", "run", "--silent", script]);
  say(`${name}: ${isOk ? "ok" : "failed"}`);
  return { passed: isOk ? 1 : 0, failed: isOk ? 0 : 1, running: [] };
}

async function tests(args: string[]): Promise<Tally> {
  const reporters = ["--reporter=default", "--reporter=./scripts/test/journal-reporter.ts"];
  const { isOk, isTimedOut } = await run(["vitest", "run", ...reporters, ...args]);
  const tally = tallyOf(readFileSync(journal, "utf8"), isOk);
  if (isTimedOut) {
    say(`\nThe time is over: ${limitMs / 60_000} minutes. Still running were:`);
    for (const name of tally.running) say(`  ${name}`);
  }
  return tally;
}

function run(command: string[]) {
  return limitedRun(command, {
    limitMs: startedAt + limitMs - Date.now(),
    env: { ...process.env, [journalFile]: journal, ...(process.stdout.isTTY ? { FORCE_COLOR: "1" } : {}) },
    onLine: (line) => {
      if (!isKnownNoise(line)) say(line);
    },
  });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
