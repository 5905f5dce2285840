/**
 * `npm run demo`: renders a batch with the Worker and a real Chromium on this machine, and receives its webhook.
 *
 * Exits with 0 if all results are as expected, 1 if not, 2 for wrong arguments, and 130 if interrupted.
 */
import { runCommand } from "../command-line/run-command.ts";
import { type DemoOptions, demoOptions, usage } from "./options.ts";
import { runDemo } from "./run-demo.ts";
import { StopList } from "./stop-list.ts";

const interrupted = 130;

const stopList = new StopList();
let outcome: number | undefined;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    // A second signal exits at once, which kills what still runs.
    if (stopList.isStopping) process.exit(interrupted);
    void stopList.stopAll().finally(() => process.exit(outcome ?? interrupted));
  });
}

await runCommand("npm run demo", usage, (args) => demo(demoOptions(args)));

async function demo({ urls, keep }: DemoOptions): Promise<number> {
  try {
    const { isAsExpected, untilStopped } = await runDemo(urls, stopList);
    outcome = isAsExpected ? 0 : 1;
    if (keep) await untilStopped();
    return outcome;
  } catch (error) {
    // Calls fail when the demo is interrupted.
    if (stopList.isStopping) return interrupted;
    console.error(`\n${error instanceof Error ? error.message : error}`);
    return 1;
  } finally {
    await stopList.stopAll();
  }
}
