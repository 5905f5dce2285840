/** Where miniflare, in wrangler and in vitest, looks for its browser. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { cacheFolder, root } from "../environment.mjs";
import { SetupError } from "../setup-error.mjs";

/**
 * Folder prefix and executable of Chrome for Testing, by platform and architecture, as miniflare names them.
 *
 * @type {Record<string, [prefix: string, executable: string] | undefined>}
 */
const layouts = {
  "linux-x64": ["linux", "chrome-linux64/chrome"],
  "linux-arm64": ["linux_arm", "chrome-linux64/chrome"],
  "darwin-x64": [
    "mac",
    "chrome-mac-x64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing",
  ],
  "darwin-arm64": [
    "mac_arm",
    "chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing",
  ],
};

/**
 * The folder that miniflare takes for its download of a browser, and the executable in it.
 *
 * @param {{ platform?: string, arch?: string }} [machine]
 * @returns {{ folder: string, executable: string }}
 * @throws {SetupError} on a platform on which this set-up does not work
 */
export function browserLocation({ platform = process.platform, arch = process.arch } = {}) {
  const layout = layouts[`${platform}-${arch}`];
  if (!layout) {
    throw new SetupError(
      `There is no local browser for ${platform} on ${arch}. Use Linux or macOS; on Windows, WSL is Linux.`,
    );
  }
  const folder = join(cacheFolder, ".wrangler", "chrome", `${layout[0]}-${browserVersion()}`);
  return { folder, executable: join(folder, layout[1]) };
}

/** The version of Chrome that miniflare would download: a constant inside it. */
function browserVersion() {
  const fromWrangler = createRequire(
    createRequire(join(root, "package.json")).resolve("wrangler/package.json"),
  );
  const miniflare = fromWrangler.resolve("miniflare");
  const version = /\bBROWSER_VERSION = "([\d.]+)"/.exec(readFileSync(miniflare, "utf8"))?.[1];
  if (!version)
    throw new SetupError(
      `${miniflare} no longer names its BROWSER_VERSION; scripts/setup/browser/location.mjs reads it.`,
    );
  return version;
}
