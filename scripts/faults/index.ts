/** `npm run test:faults`: the fault tests, as many runs as you like. */
import { spawnSync } from "node:child_process";
import { parseArguments, wholeNumber } from "../command-line/arguments.ts";
import { runCommand } from "../command-line/run-command.ts";

/** Runs in one vitest process. More would use ever more memory. */
const RUNS_PER_PROCESS = 100;

const KILLS_WHILE_RENDERING = 8;
const KILL_PAGES = 300;

const usage = `Usage: npm run test:faults [-- OPTIONS]

Runs batches while parts of the system fail at random, and checks that every batch still
completes with the right results. If a check fails, prints the seed and exits with 1.

Options:
  --runs N   Number of random fault schedules (default: 100)
  --seed N   Seed of the first schedule; the following ones count up (default: random)
  --kill     Instead, kill wrangler dev ${KILLS_WHILE_RENDERING + 2} times with SIGKILL during a batch of ${KILL_PAGES} pages
  --deploy   Instead, interrupt each call of a deploy in each way, against a fake of Cloudflare's API
  --upgrade  Instead, upgrade the previous version while it renders, roll back, and upgrade again
  --help     Show this help`;

await runCommand("npm run test:faults", usage, (args) => {
  const { values } = parseArguments({
    args,
    options: {
      runs: { type: "string" },
      seed: { type: "string" },
      kill: { type: "boolean" },
      upgrade: { type: "boolean" },
      deploy: { type: "boolean" },
    },
  });
  const runs = wholeNumber("--runs", values.runs ?? "100");
  const randomSeed = Math.floor(Math.random() * 1_000_000);
  const seed = wholeNumber("--seed", values.seed ?? String(randomSeed), { min: 0 });
  if (values.deploy) return vitest("deploy", "test/deploy", { DEPLOY_FAULTS: "all" });
  if (values.upgrade) return vitest("e2e", "test/e2e/upgrade.test.ts", { UPGRADE: "1" });
  return values.kill ? kill(seed) : runSchedules(runs, seed);
});

function kill(seed: number): number {
  return vitest("e2e", "test/e2e/kill.test.ts", {
    KILLS: String(KILLS_WHILE_RENDERING),
    KILL_PAGES: String(KILL_PAGES),
    KILL_SEED: String(seed),
  });
}

function runSchedules(runs: number, seed: number): number {
  for (let done = 0; done < runs; done += RUNS_PER_PROCESS) {
    const first = seed + done;
    const count = Math.min(RUNS_PER_PROCESS, runs - done);
    const code = vitest("faults", "test/faults", { FAULT_RUNS: String(count), FAULT_SEED: String(first) });
    if (code !== 0) return code;
    console.log(`${done + count} of ${runs} schedules passed (seeds ${seed} to ${first + count - 1})`);
  }
  return 0;
}

/** Runs tests with their output shown. Returns the exit code. */
function vitest(project: string, path: string, env: Record<string, string>): number {
  // Not silent: each schedule buffers the Worker's logs and prints them only if it fails.
  const { status } = spawnSync("vitest", ["run", "--silent=false", "--project", project, path], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...env },
  });
  return status ?? 1;
}
