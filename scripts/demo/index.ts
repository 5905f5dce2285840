/**
 * `npm run demo`: a batch goes through the Worker and a real Chromium, on this machine, and its webhook comes back.
 *
 * Exits with 0 if all was as expected, 1 if not, 2 for arguments that are off, and 130 when interrupted before the end.
 */

import { type DemoOptions, demoOptions, usage } from "./options.ts";
import { demonstrate } from "./run-demo.ts";
import { Running } from "./running.ts";

const interrupted = 130;

const running = new Running();
let outcome: number | undefined;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    // The second time at once: what still runs is killed as this process exits.
    if (running.isStopping) process.exit(interrupted);
    void running.stop().finally(() => process.exit(outcome ?? interrupted));
  });
}

let options: DemoOptions | undefined;
try {
  options = demoOptions(process.argv.slice(2));
} catch (error) {
  console.error(`${messageOf(error)}\n\n${usage}`);
  process.exitCode = 2;
}
if (options?.help) console.log(usage);
else if (options) process.exitCode = await run(options);

async function run({ urls, keep }: DemoOptions): Promise<number> {
  try {
    const { isAsExpected, untilStopped } = await demonstrate(urls, running);
    outcome = isAsExpected ? 0 : 1;
    if (keep) await untilStopped();
    return outcome;
  } catch (error) {
    // Whoever stops it makes its calls fail.
    if (!running.isStopping) console.error(`\n${messageOf(error)}`);
    return running.isStopping ? interrupted : 1;
  } finally {
    await running.stop();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
