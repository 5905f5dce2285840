/** Step: the packages of package-lock.json are in node_modules. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { toolEnvironment } from "./environment.mjs";
import { SetupError } from "./setup-error.mjs";

/**
 * Installs from the lock file, unless that has been done.
 *
 * @param {string} folder the one with package-lock.json
 * @param {(line: string) => void} say
 * @returns {boolean} whether it installed
 * @throws {SetupError}
 */
export function installPackages(folder, say) {
  const missing = notAsLocked(folder);
  if (!missing) return false;
  say(`installing the locked packages (${missing})`);
  const { status } = npm(["ci", "--loglevel=error", "--no-progress"], folder);
  if (status !== 0) {
    throw new SetupError(
      "npm ci failed; npm's own message is above. Check the network and the registry in `npm config get registry`, " +
        "then run this again.",
    );
  }
  return true;
}

/**
 * Why node_modules is not what the lock file says, or undefined if it is.
 *
 * npm keeps what it has installed in node_modules/.package-lock.json, written last: a broken installation has none.
 * Optional packages may be missing: most are for other platforms.
 *
 * @param {string} folder
 * @returns {string | undefined}
 */
export function notAsLocked(folder) {
  const record = join(folder, "node_modules", ".package-lock.json");
  if (!existsSync(record)) return "there are none yet";
  const locked = Object.entries(readPackages(join(folder, "package-lock.json")));
  const installed = readPackages(record);
  for (const [path, { version, integrity, optional }] of locked) {
    if (path === "") continue;
    const found = installed[path];
    const present = found && existsSync(join(folder, path, "package.json"));
    if (!present && optional) continue;
    if (!present) return `${path} is missing`;
    if (found.version !== version) return `${path} is ${found.version}, locked is ${version}`;
    if (integrity && found.integrity !== integrity) return `${path} is not the locked one`;
  }
  return undefined;
}

/**
 * @param {string} file
 * @returns {Record<string, { version: string, integrity?: string, optional?: boolean }>} by path from the folder
 */
function readPackages(file) {
  return JSON.parse(readFileSync(file, "utf8")).packages;
}

/**
 * Runs the npm that runs us, or the one in PATH. What it prints goes to standard error.
 *
 * @param {string[]} args
 * @param {string} cwd
 */
function npm(args, cwd) {
  const { npm_execpath: script } = process.env;
  const [command, first] = script?.endsWith(".js") ? [process.execPath, [script]] : ["npm", []];
  return spawnSync(command, [...first, ...args], { cwd, env: toolEnvironment(), stdio: ["ignore", 2, 2] });
}
