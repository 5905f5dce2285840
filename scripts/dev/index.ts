/**
 * `npm run dev`: the Worker on http://127.0.0.1:8787, until Ctrl-C.
 *
 * `PORT` or `-- --port N` chooses the port; other flags go to `wrangler dev`.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isPortTaken } from "../processes/free-port.ts";
import { root } from "../setup/environment.mjs";
import { type RunningWorker, startWorker } from "../trawl/worker.ts";
import { devOptions } from "./options.ts";

let worker: RunningWorker | undefined;
let stopping: Promise<void> | undefined;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    if (!worker) process.exit(1);
    stopping ??= worker.stop();
  });
}

try {
  const secrets = readFileSync(join(root, ".dev.vars"), "utf8");
  const options = devOptions(process.argv.slice(2), process.env, secrets);
  if (await isPortTaken(options.port)) {
    throw new Error(`Port ${options.port} is taken. Another one: npm run dev -- --port ${options.port + 1}`);
  }
  worker = await startWorker({ ...options, echo: true });
  process.stdout.write(`\nTrawl answers at ${worker.origin}. Ctrl-C stops it.\n`);
  const code = await worker.ended;
  await stopping;
  process.exitCode = stopping ? 0 : (code ?? 1);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
