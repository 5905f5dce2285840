/**
 * `npm test`: type check, lint and all tests.
 *
 * Always ends within `limitMs`. The last line is the summary, and the exit code is 0 only if nothing failed.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../command-line/run-command.ts";
import { exitOnSignals } from "../processes/exit-on-signals.ts";
import { limitedRun } from "../processes/limited-run.ts";
import { journalFile, type Tally, tallyOf } from "./journal.ts";
import { isKnownNoise } from "./known-noise.ts";

/** For the whole run. Leaves time for the summary in a CI that allows 15 minutes. */
const limitMs = 14.5 * 60_000;

const usage = `Usage: npm test [-- VITEST_ARGUMENTS]

Checks types, lints and runs all tests, within ${limitMs / 60_000} minutes. Arguments go to vitest:

  npm test -- test/api           Run the tests in one folder
  npm test -- --project node     Run one project: worker, content, api, faults, node,
                                 deploy or e2e`;

await runCommand("npm test", usage, async (args) => {
  const startedAt = Date.now();
  const folder = mkdtempSync(join(tmpdir(), "trawl-test-"));
  const journal = join(folder, "journal");
  writeFileSync(journal, "");
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  exitOnSignals();

  const run = (command: string[]) =>
    limitedRun(command, {
      limitMs: startedAt + limitMs - Date.now(),
      env: { ...process.env, [journalFile]: journal, ...(process.stdout.isTTY ? { FORCE_COLOR: "1" } : {}) },
      onLine: (line) => {
        if (!isKnownNoise(line)) print(line);
      },
    });

  async function check(name: string, script: string): Promise<Tally> {
    const { isOk } = await run(["npm", "run", "--silent", script]);
    print(`${name}: ${isOk ? "passed" : "failed"}`);
    return { passed: isOk ? 1 : 0, failed: isOk ? 0 : 1, running: [] };
  }

  async function tests(): Promise<Tally> {
    const reporters = ["--reporter=default", "--reporter=./scripts/test/journal-reporter.ts"];
    const { isOk, isTimedOut } = await run(["vitest", "run", ...reporters, ...args]);
    const tally = tallyOf(readFileSync(journal, "utf8"), isOk);
    if (isTimedOut) {
      print(`\nStopped after ${limitMs / 60_000} minutes. Still running:`);
      for (const name of tally.running) print(`  ${name}`);
    }
    return tally;
  }

  const tallies = [await check("Type check", "typecheck"), await check("Lint", "lint"), await tests()];
  const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0);
  const failed = tallies.reduce((sum, tally) => sum + tally.failed, 0);
  print(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
});

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
