/** `npm run simulate`: the Worker on a model of Cloudflare, with a virtual clock. */
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { installModuleHooks } from "../../test/simulation/module-hooks.ts";
import { runCommand } from "../command-line/run-command.ts";
import { cacheFolder } from "../setup/environment.mjs";
import { chart } from "./chart.ts";
import { commandOptions, usage } from "./options.ts";
import { report } from "./report.ts";

// Loading the Worker takes half as long.
enableCompileCache(join(cacheFolder, "compiled"));

await runCommand("npm run simulate", usage, async (args) => {
  const { simulation, showsLog, ...output } = commandOptions(args);
  const print = console.log;
  installModuleHooks();
  const { simulate } = await import("../../test/simulation/simulation.ts");
  const showLine = showsLog ? (line: string) => process.stderr.write(`${line}\n`) : undefined;
  const { totals, timeline } = await simulate(simulation, showLine);
  if (output.json) print(JSON.stringify(totals, null, 2));
  else print(report(totals, timeline));
  if (output.chart) print(`\n${chart(timeline)}`);
  // The Worker's timers never end by themselves.
  process.exitCode = totals.seconds === null ? 1 : 0;
  return process.exitCode;
});
