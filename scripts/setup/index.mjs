/**
 * Set-up: everything that `npm run dev`, `npm run demo` and `npm test` need, made if it is missing.
 *
 *     node scripts/setup/index.mjs                    sets up
 *     node scripts/setup/index.mjs SCRIPT [ARGUMENT…] sets up, then runs the script in the tools' environment
 *
 * Runs on Node 18 and newer without any package. Prints to standard error only. When everything is in place, it takes a
 * fraction of a second and, ahead of a script, says nothing.
 */
import { join } from "node:path";
import { provideBrowser } from "./browser/provide-browser.mjs";
import { root } from "./environment.mjs";
import { applyMigrations } from "./migrations.mjs";
import { provideNode } from "./node.mjs";
import { installPackages } from "./packages.mjs";
import { runScript } from "./run-script.mjs";
import { makeSecrets } from "./secrets.mjs";
import { SetupError } from "./setup-error.mjs";

/** @type {[name: string, inPlace: string, step: (say: (line: string) => void) => boolean | Promise<boolean>][]} */
const steps = [
  ["packages", "as locked", (say) => installPackages(root, say)],
  ["node", "new enough", (say) => provideNode(root, say)],
  ["browser", "in place", provideBrowser],
  ["secrets", "in .dev.vars", (say) => makeSecrets(join(root, ".dev.vars"), say)],
  ["database", "migrated", (say) => applyMigrations(undefined, say)],
];

const [script, ...args] = process.argv.slice(2);
try {
  for (const [name, inPlace, step] of steps) {
    const say = (/** @type {string} */ line) => process.stderr.write(`  ${name.padEnd(10)}${line}\n`);
    const changed = await step(say);
    if (!changed && !script) say(inPlace);
  }
  if (script) process.exitCode = await runScript(script, args);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`\nSet-up stopped. ${error.message}\n`);
  process.exitCode = 1;
}
