/**
 * `npm run setup`, which also runs before every other command: provides everything they need.
 *
 *     node scripts/setup/index.mjs                       sets up
 *     node scripts/setup/index.mjs SCRIPT [ARGUMENT...]  sets up, then runs the script
 *     node scripts/setup/index.mjs --tools SCRIPT [...]  sets up packages and Node only, then runs the script
 *
 * Runs on Node 18 and newer without any package. Prints to standard error only. If everything is in place, it takes a
 * fraction of a second and prints nothing before a script.
 */
import { join } from "node:path";
import { provideBrowser } from "./browser/provide-browser.mjs";
import { root } from "./environment.mjs";
import { applyMigrations } from "./migrations.mjs";
import { provideNode } from "./node.mjs";
import { installPackages } from "./packages.mjs";
import { runScript } from "./run-script.mjs";
import { createSecrets } from "./secrets.mjs";
import { SetupError } from "./setup-error.mjs";

const usage = `Usage: npm run setup

Installs the locked packages, a newer Node if yours is too old, and a browser. Creates
local secrets in .dev.vars and the local database. Skips whatever is already in place.

Environment:
  CHROME_PATH   Chrome or Chromium to use instead of the first one found`;

/** @type {[name: string, unchanged: string, step: (say: (line: string) => void) => boolean | Promise<boolean>][]} */
const tools = [
  ["packages", "up to date", (say) => installPackages(root, say)],
  ["node", "up to date", (say) => provideNode(root, say)],
];

/** What runs Trawl on this machine. @type {typeof tools} */
const local = [
  ["browser", "installed", provideBrowser],
  ["secrets", "in .dev.vars", (say) => createSecrets(join(root, ".dev.vars"), say)],
  ["database", "up to date", (say) => applyMigrations(undefined, say)],
];

const given = process.argv.slice(2);
const needsToolsOnly = given[0] === "--tools";
const [script, ...args] = needsToolsOnly ? given.slice(1) : given;
if (script?.startsWith("-")) {
  const isHelp = script === "--help" || script === "-h";
  process.stderr.write(isHelp ? `${usage}\n` : `Unknown option ${script}. Setup takes no options.\n`);
  process.exit(isHelp ? 0 : 2);
}
try {
  for (const [name, unchanged, step] of needsToolsOnly ? tools : [...tools, ...local]) {
    const say = (/** @type {string} */ line) => process.stderr.write(`  ${name.padEnd(10)}${line}\n`);
    const changed = await step(say);
    if (!changed && !script) say(unchanged);
  }
  if (script) process.exitCode = await runScript(script, args);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`\nSetup failed: ${error.message}\n`);
  process.exitCode = 1;
}
