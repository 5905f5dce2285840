import { delimiter, join } from "node:path";
import { isExecutable } from "../is-executable.mjs";
import { SetupError } from "../setup-error.mjs";

/**
 * @typedef {object} Browser
 * @property {string} executable
 * @property {boolean} [required] chosen by the user, so no other may be used
 * @property {string} [libraries] folder with shared libraries that the machine may not have
 * @property {string} [fontConfig] configuration file for fontconfig
 */

const commandNames = ["google-chrome", "google-chrome-stable", "chromium", "chromium-browser"];

const macPaths = [
  "Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "Applications/Chromium.app/Contents/MacOS/Chromium",
];

/**
 * Lists the browsers on this machine, best first. That is `CHROME_PATH` alone if it is set, or else Chrome and Chromium in
 * PATH and, on macOS, in the Applications folders.
 *
 * @param {{ env?: NodeJS.ProcessEnv, platform?: string }} [machine]
 * @returns {Browser[]}
 * @throws {SetupError} if `CHROME_PATH` is not an executable file
 */
export function installedBrowsers({ env = process.env, platform = process.platform } = {}) {
  if (env.CHROME_PATH) {
    if (isExecutable(env.CHROME_PATH)) return [{ executable: env.CHROME_PATH, required: true }];
    throw new SetupError(
      `CHROME_PATH is ${env.CHROME_PATH}, which is not an executable file. Correct or unset it.`,
    );
  }
  const folders = (env.PATH ?? "").split(delimiter).filter(Boolean);
  const inPath = commandNames.flatMap((name) => folders.map((folder) => join(folder, name)));
  const onMac =
    platform === "darwin" ? macPaths.flatMap((path) => [join("/", path), join(env.HOME ?? "/", path)]) : [];
  const found = [...inPath, ...onMac].filter(isExecutable);
  return [...new Set(found)].map((executable) => ({ executable }));
}
