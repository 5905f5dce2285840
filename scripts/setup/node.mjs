/** Step: there is a Node that runs wrangler and this repository's TypeScript. */
import { existsSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { SetupError } from "./setup-error.mjs";

/** The first with all that scripts and the test web site use: TypeScript as it is, URLPattern, `import.meta.main`. */
const oldest = /** @type {const} */ ([24, 2]);

/**
 * Sees to it that `node_modules/.bin/node` is the one that a platform package brought.
 *
 * npm makes that link, but npm 10 removes it again when it skips the packages of the other platforms.
 *
 * @param {string} folder the one with node_modules
 * @param {(line: string) => void} say
 * @param {string} [version] of the machine's Node
 * @returns {boolean} whether the link was made
 * @throws {SetupError} when there is no such package, and the machine's own Node is too old
 */
export function provideNode(folder, say, version = process.versions.node) {
  const link = join(folder, "node_modules", ".bin", "node");
  if (existsSync(link)) return false;
  const names = [`node-${process.platform}-${process.arch}`, `node-bin-${process.platform}-${process.arch}`];
  const found = names.find((name) => existsSync(join(folder, "node_modules", name, "bin", "node")));
  if (found) {
    rmSync(link, { force: true });
    symlinkSync(join("..", found, "bin", "node"), link);
    say(`the one of ${found}`);
    return true;
  }
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return false;
  throw new SetupError(
    `Node ${oldest.join(".")} or newer is needed: this is ${version}, and npm has none for this machine. Install a newer Node.`,
  );
}
