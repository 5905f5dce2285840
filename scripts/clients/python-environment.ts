/** The Python packages of requirements.txt, in a virtual environment of their own. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../setup/environment.mjs";

const requirements = join(import.meta.dirname, "requirements.txt");
const folder = join(cacheFolder, "clients", "python");
/** Says which requirements are installed. Written last, so an interrupted installation has none. */
const stamp = join(folder, "installed.txt");

/**
 * Installs the packages from PyPI, unless they are installed.
 *
 * @returns the folder of their commands, or undefined if this machine has no Python that can make virtual environments
 * @throws {Error} if they cannot be installed
 */
export function pythonEnvironment(): string | undefined {
  const bin = join(folder, "bin");
  const wanted = readFileSync(requirements, "utf8");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return bin;
  rmSync(folder, { recursive: true, force: true });
  const made = spawnSync("python3", ["-m", "venv", folder], { stdio: "ignore" });
  if (made.status !== 0) return undefined;
  console.log("Installing the packages of scripts/clients/requirements.txt");
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements];
  const { status } = spawnSync(join(bin, "python"), pip, { stdio: "inherit" });
  if (status !== 0) throw new Error("pip install failed, see its output above.");
  writeFileSync(stamp, wanted);
  return bin;
}
