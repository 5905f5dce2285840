/** Setup step: provides a Node that can run wrangler and this repository's TypeScript. */
import { existsSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { SetupError } from "./setup-error.mjs";

/** The first version that runs TypeScript and has URLPattern and `import.meta.main`. */
const oldest = /** @type {const} */ ([24, 2]);

/**
 * Makes sure that `node_modules/.bin/node` links to the Node from npm for this platform.
 *
 * npm creates that link, but npm 10 removes it again when it skips the packages for other platforms.
 *
 * @param {string} folder contains node_modules
 * @param {(line: string) => void} say
 * @param {string} [version] of the machine's own Node
 * @returns {boolean} whether the link was created
 * @throws {SetupError} if npm has no Node for this platform and the machine's own is too old
 */
export function provideNode(folder, say, version = process.versions.node) {
  const link = join(folder, "node_modules", ".bin", "node");
  if (existsSync(link)) return false;
  const names = [`node-${process.platform}-${process.arch}`, `node-bin-${process.platform}-${process.arch}`];
  const found = names.find((name) => existsSync(join(folder, "node_modules", name, "bin", "node")));
  if (found) {
    rmSync(link, { force: true });
    symlinkSync(join("..", found, "bin", "node"), link);
    say(`using ${found} from npm`);
    return true;
  }
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return false;
  throw new SetupError(
    `Trawl needs Node ${oldest.join(".")} or newer, and this is ${version}. npm has no Node for this platform, so please install one.`,
  );
}
