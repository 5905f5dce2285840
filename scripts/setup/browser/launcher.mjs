/** The launcher: a shell script that starts the browser. It takes the place of the browser that miniflare would download. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { endWithParent } from "../end-with-parent.mjs";

/** @typedef {import("./installed-browsers.mjs").Browser} Browser */

/**
 * These make Chromium work in containers and connect to nothing but the pages it opens. They also keep it from logging:
 * miniflare stops reading standard error after the first lines, and the browser hangs once pages' console messages fill
 * the pipe.
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

/** In bytes. A browser is much larger. */
const maxLauncherSize = 10_000;

/**
 * Launchers for one browser, in the order to try them. The sandbox is dropped only where it does not work (as root, in
 * most containers), and the machine's shared libraries only if some are missing.
 *
 * @param {Browser} browser
 * @param {string} choice see `choiceOf`
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
 * A hash of the browsers to choose from and of how they are launched.
 *
 * @param {Browser[]} browsers
 */
export function choiceOf(browsers) {
  return createHash("sha256")
    .update(JSON.stringify(browsers.flatMap((browser) => launchers(browser, ""))))
    .digest("hex");
}

/**
 * Whether the file is a launcher from this choice whose browser still exists.
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
  return existsSync(file) && statSync(file).size < maxLauncherSize;
}

/**
 * The script becomes the browser (`exec`), so that signals reach it.
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
  const command = endWithParent([quote(executable), ...args], "KILL");
  return `${[...lines, `exec ${command.join(" ")} "$@"`].join("\n")}\n`;
}

/** @param {string} text */
function quote(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
