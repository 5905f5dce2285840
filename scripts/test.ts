/**
 * `npm test`: type-check, lint and all tests; the last line is the sum, the exit code 0 only if nothing failed.
 *
 * Arguments go to vitest: `npm test -- test/api`.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { countTests, type Tally } from "./test/tally.ts";

const folder = mkdtempSync(join(tmpdir(), "trawl-test-"));
try {
  const tallies = [
    check("Type-check", "npm", ["run", "--silent", "typecheck"]),
    check("Lint", "npm", ["run", "--silent", "lint"]),
    tests(process.argv.slice(2)),
  ];
  const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0);
  const failed = tallies.reduce((sum, tally) => sum + tally.failed, 0);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function check(name: string, command: string, args: string[]): Tally {
  const ok = run(command, args);
  process.stdout.write(`${name}: ${ok ? "ok" : "failed"}\n`);
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1 };
}

function tests(args: string[]): Tally {
  const report = join(folder, "report.json");
  const ok = run("vitest", [
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...args,
  ]);
  return countTests(readReport(report), ok);
}

function readReport(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined; // Vitest ended before it could write one.
  }
}

function run(command: string, args: string[]): boolean {
  return spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"] }).status === 0;
}
