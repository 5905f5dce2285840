/** Chromium from the npm package @sparticuz/chromium, for Linux x64. It needs neither root nor system packages. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder, root, toolEnvironment } from "../environment.mjs";
import { SetupError } from "../setup-error.mjs";

const packageFolder = join(root, "node_modules", "@sparticuz", "chromium");

/**
 * Decompresses the package's Chromium into `.cache`, once per version.
 *
 * @param {(line: string) => void} say
 * @returns {{ executable: string, libraries: string, fontConfig: string }} `libraries` is a folder with shared libraries
 *   that a minimal machine may not have
 * @throws {SetupError}
 */
export function npmChromium(say) {
  const { version } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
  const folder = join(cacheFolder, `chromium-${version}`);
  if (!existsSync(folder)) {
    say(`unpacking Chromium ${version.split(".")[0]} from npm`);
    inflateInto(folder);
    removeOthers(folder);
  }
  return {
    executable: join(folder, "chromium"),
    libraries: join(folder, "al2023", "lib"),
    fontConfig: join(folder, "fonts.conf"),
  };
}

/**
 * Decompresses into a temporary folder and renames it, so that the final folder is always complete.
 *
 * @param {string} folder
 */
function inflateInto(folder) {
  const partial = `${folder}.${process.pid}.partial`;
  mkdirSync(partial, { recursive: true });
  // The package writes to the system's temporary folder, and may need a newer Node than this one.
  const inflated = spawnSync(
    "node",
    [join(dirname(fileURLToPath(import.meta.url)), "inflate-chromium.mjs")],
    {
      env: { ...toolEnvironment(), TMPDIR: partial },
      stdio: ["ignore", "ignore", "pipe"],
      encoding: "utf8",
    },
  );
  if (inflated.status !== 0) {
    rmSync(partial, { recursive: true, force: true });
    throw new SetupError(
      `Chromium from npm could not be unpacked into ${folder}. Is the disk full?\n${inflated.stderr ?? inflated.error}`,
    );
  }
  writeFileSync(join(partial, "fonts.conf"), fontConfig(folder));
  try {
    renameSync(partial, folder);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    // Another setup that ran at the same time was faster.
    if (!existsSync(folder)) throw error;
  }
}

/**
 * Uses the machine's fonts, if any, and the package's.
 *
 * @param {string} folder
 */
function fontConfig(folder) {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>${join(folder, "fonts", "fonts")}</dir>
  <cachedir>${join(cacheFolder, "fontconfig")}</cachedir>
</fontconfig>
`;
}

/** @param {string} folder */
function removeOthers(folder) {
  for (const name of readdirSync(cacheFolder)) {
    const path = join(cacheFolder, name);
    if (/^chromium-[\d.]+$/.test(name) && path !== folder) rmSync(path, { recursive: true, force: true });
  }
}
