/** The launcher: a shell script in miniflare's place that becomes the browser. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { endingWithParent } from "../end-with-parent.mjs";

/** @typedef {import("./installed-browsers.mjs").Browser} Browser */

/**
 * With these, Chromium speaks to nobody but the pages it is told to open, and works in containers. It logs next to
 * nothing: miniflare reads its standard error for the first lines only, and once the pipe is full of what pages write to
 * their consoles, the whole browser stands still.
 */
const flags = [
  "--disable-gpu",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-domain-reliability",
  "--disable-sync",
  "--disable-dev-shm-usage",
  "--enable-logging=stderr",
  "--log-level=3",
  "--no-default-browser-check",
  "--no-first-run",
  "--no-pings",
];

/** A browser is larger, by far. */
const launcherSize = 10_000;

/**
 * Launchers for one browser, to be tried in turn. The sandbox is given up only where it does not work (as root, in most
 * containers), the machine's shared libraries only where some are missing.
 *
 * @param {Browser} browser
 * @param {string} choice what it was chosen from, see `choiceOf`
 * @returns {string[]}
 */
export function launchers(browser, choice) {
  const sandboxes = process.getuid?.() === 0 ? [["--no-sandbox"]] : [[], ["--no-sandbox"]];
  const libraries = browser.libraries ? [undefined, browser.libraries] : [undefined];
  return libraries.flatMap((folder) =>
    sandboxes.map((sandbox) => launcher(browser, [...flags, ...sandbox], folder, choice)),
  );
}

/**
 * Names the choice that was made, by the browsers there were and the way they are launched.
 *
 * @param {Browser[]} browsers
 */
export function choiceOf(browsers) {
  return createHash("sha256")
    .update(JSON.stringify(browsers.flatMap((browser) => launchers(browser, ""))))
    .digest("hex");
}

/**
 * Whether the file is a launcher that came out of this choice, and its browser is still there.
 *
 * @param {string} file
 * @param {string} choice
 */
export function isLauncherFrom(file, choice) {
  if (!isLauncher(file)) return false;
  const text = readFileSync(file, "utf8");
  const executable = /^# executable: (.*)$/m.exec(text)?.[1];
  return text.includes(`# choice: ${choice}\n`) && executable !== undefined && existsSync(executable);
}

/** @param {string} file */
export function isLauncher(file) {
  return existsSync(file) && statSync(file).size < launcherSize;
}

/**
 * It becomes the browser (`exec`), so that who started it can signal it.
 *
 * @param {Browser} browser
 * @param {string[]} args
 * @param {string | undefined} libraries
 * @param {string} choice
 */
function launcher({ executable, fontConfig }, args, libraries, choice) {
  const lines = [
    "#!/bin/sh",
    "# Made by scripts/setup/browser/launcher.mjs.",
    `# choice: ${choice}`,
    `# executable: ${executable}`,
  ];
  if (fontConfig) lines.push(`export FONTCONFIG_FILE=${quote(fontConfig)}`);
  if (libraries) lines.push(`export LD_LIBRARY_PATH=${quote(libraries)}`);
  const command = endingWithParent([quote(executable), ...args], "KILL");
  return `${[...lines, `exec ${command.join(" ")} "$@"`].join("\n")}\n`;
}

/** @param {string} text */
function quote(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
