/**
 * `npm run test:faults`: batches under faults, as many as you like. Ends with 1 and the seeds when something does not hold.
 *
 *     npm run test:faults -- --runs 500 --seed 1   random schedules of failing parts in workerd
 *     npm run test:faults -- --kill                kill -9 of wrangler dev, ten times during a batch of 300 pages
 */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";

/** Schedules in one process of vitest: more would need ever more memory. */
const RUNS_AT_ONCE = 100;

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "100" },
    seed: { type: "string" },
    kill: { type: "boolean", default: false },
  },
});
const seed = whole("seed", values.seed ?? String(Math.floor(Math.random() * 1_000_000)));
process.exitCode = values.kill ? killing() : random(whole("runs", values.runs));

function killing(): number {
  return vitest("e2e", "test/e2e/kill.test.ts", { KILLS: "8", KILL_PAGES: "300", KILL_SEED: String(seed) });
}

function random(runs: number): number {
  for (let done = 0; done < runs; done += RUNS_AT_ONCE) {
    const first = seed + done;
    const count = Math.min(RUNS_AT_ONCE, runs - done);
    const code = vitest("faults", "test/faults", { FAULT_RUNS: String(count), FAULT_SEED: String(first) });
    if (code !== 0) return code;
    process.stdout.write(
      `${done + count} of ${runs} schedules held (seeds ${seed} to ${first + count - 1}).\n`,
    );
  }
  return 0;
}

/** Runs the tests, with their output. Answers the exit code. */
function vitest(project: string, path: string, env: Record<string, string>): number {
  // What tests print is shown: a schedule keeps the Worker's logs for when it fails.
  const { status } = spawnSync("vitest", ["run", "--silent=false", "--project", project, path], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...env },
  });
  return status ?? 1;
}

function whole(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0)
    throw new Error(`--${name} must be a whole number, not ${text}.`);
  return number;
}
