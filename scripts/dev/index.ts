/** `npm run dev`: runs the Worker until Ctrl-C. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "../command-line/run-command.ts";
import { isPortTaken } from "../processes/free-port.ts";
import { root } from "../setup/environment.mjs";
import { type RunningWorker, startWorker } from "../trawl/worker.ts";
import { devOptions, usage } from "./options.ts";

let worker: RunningWorker | undefined;
let stopping: Promise<void> | undefined;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    if (!worker) process.exit(1);
    stopping ??= worker.stop();
  });
}

await runCommand("npm run dev", usage, async (args) => {
  const options = devOptions(args, process.env, readFileSync(join(root, ".dev.vars"), "utf8"));
  if (await isPortTaken(options.port)) {
    const next = options.port < 65_535 ? options.port + 1 : 8787;
    console.error(`Port ${options.port} is in use. Try another: npm run dev -- --port ${next}`);
    return 1;
  }
  try {
    worker = await startWorker({ ...options, echo: true });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
  console.log(`\nTrawl is ready at ${worker.origin}\nPress Ctrl-C to stop.`);
  const code = await worker.ended;
  await stopping;
  return stopping ? 0 : (code ?? 1);
});
