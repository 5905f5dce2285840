/** Step: there is a Chromium where miniflare, in wrangler and in vitest, looks for one. */
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
 * Puts a launcher for the first browser that works in miniflare's place: `CHROME_PATH`, an installed Chrome or Chromium,
 * or the one from npm. Without any, miniflare downloads its own at first use.
 *
 * @param {(line: string) => void} say
 * @returns {Promise<boolean>} whether anything was changed
 * @throws {SetupError}
 */
export async function provideBrowser(say) {
  const place = browserLocation();
  const installed = installedBrowsers();
  const required = installed.some((browser) => browser.required);
  const browsers = required || !hasNpmChromium() ? installed : [...installed, npmChromium(say)];
  const choice = choiceOf(browsers);
  if (isLauncherFrom(place.executable, choice)) return false;

  for (const browser of browsers) {
    const outcome = await launch(browser, choice, place.executable);
    if (outcome.works) {
      // Miniflare's own mark of an installation that has worked. Without it, one failed start removes the launcher.
      writeFileSync(join(place.folder, ".miniflare-install-complete"), "");
      say(`${outcome.version}, ${browser.executable}`);
      return true;
    }
    if (required) {
      throw new SetupError(`CHROME_PATH is ${browser.executable}, which shows no page: ${outcome.reason}`);
    }
    say(`${browser.executable} shows no page: ${outcome.reason}`);
  }
  return leaveToMiniflare(place, say);
}

/**
 * Writes the first launcher of the browser that works.
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

/** The package carries a Chromium for this one platform only. */
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
      "There is no Chrome or Chromium that works. Install Chromium, or name one in CHROME_PATH.",
    );
  }
  if (existsSync(executable) && !isLauncher(executable)) return false;
  rmSync(folder, { recursive: true, force: true });
  say("none that works is installed: wrangler downloads Chrome when it first needs it");
  return true;
}
