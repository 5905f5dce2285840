/** Setup step: installs the packages of package-lock.json. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { toolEnvironment } from "./environment.mjs";
import { SetupError } from "./setup-error.mjs";

/**
 * Installs the locked packages if node_modules differs from the lock file.
 *
 * @param {string} folder contains package-lock.json
 * @param {(line: string) => void} say
 * @returns {boolean} whether packages were installed
 * @throws {SetupError}
 */
export function installPackages(folder, say) {
  const reason = differenceFromLock(folder);
  if (!reason) return false;
  say(`installing packages (${reason})`);
  const { status } = npm(["ci", "--loglevel=error", "--no-progress"], folder);
  if (status !== 0) {
    throw new SetupError(
      "npm ci failed, see its output above. Check your network and `npm config get registry`, then try again.",
    );
  }
  return true;
}

/**
 * Describes the first difference between node_modules and the lock file. Returns undefined if there is none.
 *
 * npm records what it installed in node_modules/.package-lock.json. It writes that file last, so an interrupted
 * installation has none. Optional packages may be missing, because most are for other platforms.
 *
 * @param {string} folder
 * @returns {string | undefined}
 */
function differenceFromLock(folder) {
  const record = join(folder, "node_modules", ".package-lock.json");
  if (!existsSync(record)) return "none installed yet";
  const locked = Object.entries(readPackages(join(folder, "package-lock.json")));
  const installed = readPackages(record);
  for (const [path, { version, integrity, optional }] of locked) {
    if (path === "") continue;
    const found = installed[path];
    const present = found && existsSync(join(folder, path, "package.json"));
    if (!present && optional) continue;
    if (!present) return `${path} is missing`;
    if (found.version !== version) return `${path} is ${found.version} instead of ${version}`;
    if (integrity && found.integrity !== integrity) return `${path} has another checksum`;
  }
  return undefined;
}

/**
 * @param {string} file
 * @returns {Record<string, { version: string, integrity?: string, optional?: boolean }>} keyed by path
 */
function readPackages(file) {
  return JSON.parse(readFileSync(file, "utf8")).packages;
}

/**
 * Runs the npm that started this script, or the one in PATH. All its output goes to standard error.
 *
 * @param {string[]} args
 * @param {string} cwd
 */
function npm(args, cwd) {
  const { npm_execpath: script } = process.env;
  const [command, first] = script?.endsWith(".js") ? [process.execPath, [script]] : ["npm", []];
  return spawnSync(command, [...first, ...args], { cwd, env: toolEnvironment(), stdio: ["ignore", 2, 2] });
}
