/** Where miniflare, in wrangler and vitest, looks for its browser. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { cacheFolder, root } from "../environment.mjs";
import { SetupError } from "../setup-error.mjs";

/**
 * Miniflare's folder prefix and executable of Chrome for Testing, by platform and architecture.
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
 * The folder that miniflare downloads a browser to, and the executable in it.
 *
 * @param {{ platform?: string, arch?: string }} [machine]
 * @returns {{ folder: string, executable: string }}
 * @throws {SetupError} on an unsupported platform
 */
export function browserLocation({ platform = process.platform, arch = process.arch } = {}) {
  const layout = layouts[`${platform}-${arch}`];
  if (!layout) {
    throw new SetupError(
      `Trawl does not run locally on ${platform} ${arch}. Use Linux, macOS, or WSL on Windows.`,
    );
  }
  const folder = join(cacheFolder, ".wrangler", "chrome", `${layout[0]}-${browserVersion()}`);
  return { folder, executable: join(folder, layout[1]) };
}

/** The version of Chrome that miniflare would download, which is a constant in its code. */
function browserVersion() {
  const fromWrangler = createRequire(
    createRequire(join(root, "package.json")).resolve("wrangler/package.json"),
  );
  const miniflare = fromWrangler.resolve("miniflare");
  const version = /\bBROWSER_VERSION = "([\d.]+)"/.exec(readFileSync(miniflare, "utf8"))?.[1];
  if (!version)
    throw new SetupError(
      `${miniflare} has no BROWSER_VERSION any more. Update scripts/setup/browser/location.mjs.`,
    );
  return version;
}
