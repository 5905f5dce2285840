/** Setup step: provides a Chromium where miniflare, in wrangler and vitest, looks for one. */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { SetupError } from "../setup-error.mjs";
import { installedBrowsers } from "./installed-browsers.mjs";
import { choiceOf, isLauncher, isLauncherFrom, launchers } from "./launcher.mjs";
import { browserLocation } from "./location.mjs";
import { npmChromium } from "./npm-chromium.mjs";
import { showsPage } from "./shows-page.mjs";

/** @typedef {import("./installed-browsers.mjs").Browser} Browser */

/**
 * Installs a launcher for the first browser that works: `CHROME_PATH`, an installed Chrome or Chromium, or Chromium from
 * npm. If none works, miniflare downloads its own at first use.
 *
 * @param {(line: string) => void} say
 * @returns {Promise<boolean>} whether anything changed
 * @throws {SetupError}
 */
export async function provideBrowser(say) {
  const location = browserLocation();
  const installed = installedBrowsers();
  const required = installed.some((browser) => browser.required);
  const browsers = required || !hasNpmChromium() ? installed : [...installed, npmChromium(say)];
  const choice = choiceOf(browsers);
  if (isLauncherFrom(location.executable, choice)) return false;

  for (const browser of browsers) {
    const outcome = await launch(browser, choice, location.executable);
    if (outcome.works) {
      // Miniflare's own mark of a working installation. Without it, one failed start would delete the launcher.
      writeFileSync(join(location.folder, ".miniflare-install-complete"), "");
      say(`${outcome.version} at ${browser.executable}`);
      return true;
    }
    if (required) {
      throw new SetupError(`CHROME_PATH is ${browser.executable}, which does not work: ${outcome.reason}`);
    }
    say(`skipping ${browser.executable}: ${outcome.reason}`);
  }
  return leaveToMiniflare(location, say);
}

/**
 * Tries the launchers of a browser and writes the first that works.
 *
 * @param {Browser} browser
 * @param {string} choice
 * @param {string} file
 */
async function launch(browser, choice, file) {
  const trial = `${file}.${process.pid}`;
  mkdirSync(dirname(trial), { recursive: true });
  let reason = "";
  for (const launcher of launchers(browser, choice)) {
    writeFileSync(trial, launcher, { mode: 0o755 });
    const outcome = await showsPage(trial);
    if (outcome.works) {
      renameSync(trial, file);
      return outcome;
    }
    rmSync(trial);
    reason = outcome.reason;
  }
  return { works: /** @type {const} */ (false), reason };
}

/** The package has a Chromium for this platform only. */
function hasNpmChromium() {
  return process.platform === "linux" && process.arch === "x64";
}

/**
 * @param {{ folder: string, executable: string }} place
 * @param {(line: string) => void} say
 * @returns {boolean}
 * @throws {SetupError}
 */
function leaveToMiniflare({ folder, executable }, say) {
  if (process.platform === "linux" && process.arch !== "x64") {
    throw new SetupError(
      "No working Chrome or Chromium was found. Install Chromium, or set CHROME_PATH to one.",
    );
  }
  if (existsSync(executable) && !isLauncher(executable)) return false;
  rmSync(folder, { recursive: true, force: true });
  say("none found; wrangler will download Chrome when it needs it");
  return true;
}
