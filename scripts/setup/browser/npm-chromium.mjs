/** The Chromium inside the package @sparticuz/chromium: for Linux x64, needs neither root nor a system package. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder, root, toolEnvironment } from "../environment.mjs";
import { SetupError } from "../setup-error.mjs";

const packageFolder = join(root, "node_modules", "@sparticuz", "chromium");

/**
 * The package's Chromium, inflated into `.cache` once per version.
 *
 * @param {(line: string) => void} say
 * @returns {{ executable: string, libraries: string, fontConfig: string }} `libraries` is a folder with the shared
 *   libraries that a bare machine may lack
 * @throws {SetupError}
 */
export function npmChromium(say) {
  const { version } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
  const folder = join(cacheFolder, `chromium-${version}`);
  if (!existsSync(folder)) {
    say(`inflating Chromium ${version.split(".")[0]} from npm`);
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
 * Inflates beside the folder and renames, so that the folder is whole when it is there.
 *
 * @param {string} folder
 */
function inflateInto(folder) {
  const partial = `${folder}.${process.pid}.partial`;
  mkdirSync(partial, { recursive: true });
  // The package inflates into the temporary folder, and needs a newer Node than this one may be.
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
      `Chromium from npm could not be inflated into ${folder}; is the disk full?\n${inflated.stderr ?? inflated.error}`,
    );
  }
  writeFileSync(join(partial, "fonts.conf"), fontConfig(folder));
  try {
    renameSync(partial, folder);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    // Another set-up that ran at the same time was faster.
    if (!existsSync(folder)) throw error;
  }
}

/**
 * The machine's fonts, if it has any, and the package's.
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
