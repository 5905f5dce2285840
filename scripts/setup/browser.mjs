/** Step: there is a Chromium where miniflare, in wrangler and in vitest, looks for one. */
import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { showsPage } from "./browser-check.mjs";
import { browserPlace } from "./browser-place.mjs";
import { SetupFault } from "./fault.mjs";
import { npmChromium } from "./npm-chromium.mjs";

const commandNames = ["google-chrome", "google-chrome-stable", "chromium", "chromium-browser"];

const macPaths = [
  "Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** Chromium speaks to nobody but the pages it is told to open, and works in containers. */
const flags = [
  "--disable-gpu",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-domain-reliability",
  "--disable-sync",
  "--disable-dev-shm-usage",
  "--no-default-browser-check",
  "--no-first-run",
  "--no-pings",
];

/**
 * Puts a launcher for the first browser that works in miniflare's place: `CHROME_PATH`, an installed Chrome or Chromium,
 * or the one from npm. Without any, miniflare downloads its own at first use.
 *
 * @param {(line: string) => void} say
 * @returns {Promise<boolean>} whether anything was changed
 * @throws {SetupFault}
 */
export async function provideBrowser(say) {
  const place = browserPlace();
  const installed = installedBrowsers();
  const fromNpm = process.platform === "linux" && process.arch === "x64" ? npmChromium(say) : undefined;

  const considered = digest([installed, fromNpm, flags]);
  if (isLauncherFor(place.executable, considered)) return false;

  for (const browser of [...installed, ...(fromNpm ? [fromNpm] : [])]) {
    const reasons = [];
    for (const launcher of launchers(browser, considered)) {
      const trial = `${place.executable}.${process.pid}`;
      mkdirSync(dirname(trial), { recursive: true });
      writeFileSync(trial, launcher, { mode: 0o755 });
      const result = await showsPage(trial);
      if (result.works) {
        renameSync(trial, place.executable);
        // Miniflare's own mark of an installation that has worked. Without it, a failed start removes the launcher.
        writeFileSync(join(place.folder, ".miniflare-install-complete"), "");
        say(`${result.version}, ${browser === fromNpm ? "from npm" : browser.executable}`);
        return true;
      }
      rmSync(trial);
      reasons.push(result.reason);
    }
    if (browser.required) {
      throw new SetupFault(`CHROME_PATH is ${browser.executable}, which does not start: ${reasons.at(-1)}`);
    }
    say(`${browser.executable} does not start: ${reasons.at(-1)}`);
  }
  return leaveToWrangler(place, say);
}

/**
 * The browsers this machine has, best first.
 *
 * @param {{ env?: Record<string, string | undefined>, platform?: string }} [machine]
 * @returns {{ executable: string, required?: true }[]} `CHROME_PATH` alone if it is set: the user's choice is required
 * @throws {SetupFault} when `CHROME_PATH` is not an executable
 */
export function installedBrowsers({ env = process.env, platform = process.platform } = {}) {
  if (env.CHROME_PATH) {
    if (isExecutable(env.CHROME_PATH)) return [{ executable: env.CHROME_PATH, required: true }];
    throw new SetupFault(
      `CHROME_PATH is ${env.CHROME_PATH}, which is not an executable. Correct it or leave it out.`,
    );
  }
  const folders = (env.PATH ?? "").split(delimiter).filter(Boolean);
  const inPath = commandNames.flatMap((name) => folders.map((folder) => join(folder, name)));
  const onMac =
    platform === "darwin" ? macPaths.flatMap((path) => [join("/", path), join(env.HOME ?? "/", path)]) : [];
  const found = [...inPath, ...onMac].filter(isExecutable);
  return [...new Set(found)].map((executable) => ({ executable }));
}

/**
 * Launchers for one browser, to be tried in turn: the sandbox is given up only where it does not work (as root, in most
 * containers), the machine's own shared libraries only where there are none.
 *
 * @param {{ executable: string, libraries?: string, fontConfig?: string }} browser
 * @param {string} considered
 */
function launchers(browser, considered) {
  const asRoot = process.getuid?.() === 0;
  const sandboxes = asRoot ? [["--no-sandbox"]] : [[], ["--no-sandbox"]];
  const libraries = browser.libraries ? [undefined, browser.libraries] : [undefined];
  return libraries.flatMap((folder) =>
    sandboxes.map((sandbox) => launcher(browser, [...flags, ...sandbox], folder, considered)),
  );
}

/** On Linux, a browser whose parent was killed is killed too, instead of running on for nobody. */
const setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].find(isExecutable);

/**
 * The launcher becomes the browser (`exec`), so that who started it can signal it.
 *
 * @param {{ executable: string, fontConfig?: string }} browser
 * @param {string[]} args
 * @param {string | undefined} libraries
 * @param {string} considered
 */
function launcher({ executable, fontConfig }, args, libraries, considered) {
  const lines = [
    "#!/bin/sh",
    "# Made by scripts/setup/browser.mjs.",
    `# considered: ${considered}`,
    `# executable: ${executable}`,
  ];
  if (fontConfig) lines.push(`export FONTCONFIG_FILE=${quote(fontConfig)}`);
  if (libraries) lines.push(`export LD_LIBRARY_PATH=${quote(libraries)}`);
  const command = [...(setpriv ? [setpriv, "--pdeathsig", "KILL", "--"] : []), quote(executable), ...args];
  return `${[...lines, `exec ${command.join(" ")} "$@"`].join("\n")}\n`;
}

/**
 * @param {string} file
 * @param {string} considered
 */
function isLauncherFor(file, considered) {
  if (!existsSync(file) || statSync(file).size > 10_000) return false;
  const text = readFileSync(file, "utf8");
  const executable = /^# executable: (.*)$/m.exec(text)?.[1];
  return text.includes(`# considered: ${considered}\n`) && executable !== undefined && existsSync(executable);
}

/**
 * @param {{ folder: string, executable: string }} place
 * @param {(line: string) => void} say
 * @returns {boolean}
 * @throws {SetupFault}
 */
function leaveToWrangler(place, say) {
  if (existsSync(place.executable) && statSync(place.executable).size > 10_000) return false;
  rmSync(place.folder, { recursive: true, force: true });
  if (process.platform === "linux" && process.arch !== "x64") {
    throw new SetupFault(
      "There is no Chrome or Chromium here. Install Chromium, or give its path in CHROME_PATH.",
    );
  }
  say("none installed that works: wrangler will download Chrome when it first needs it");
  return true;
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** @param {unknown} value */
function digest(value) {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}

/** @param {string} text */
function quote(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
