/**
 * Paths, and the environment that the installed tools run in.
 *
 * Setup is plain JavaScript without dependencies. It runs on Node 18 and newer, before any package is installed.
 */
import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Root folder of the repository. */
export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Generated files that can be deleted at any time. Ignored by Git. */
export const cacheFolder = join(root, ".cache");

/**
 * Environment variables for wrangler, vitest and the scripts that start them.
 *
 * - `node_modules/.bin` comes first in PATH, and with it the Node that the tools need.
 * - The browser, logs and wrangler's registry of running Workers are kept in the repository. If the home folder is not
 *   writable, so is everything else.
 * - Wrangler sends no telemetry, checks for no updates and asks no questions. Its trace collector and explorer are off,
 *   because they record every call of the Worker.
 *
 * @param {NodeJS.ProcessEnv} [base] the variables to extend
 * @returns {NodeJS.ProcessEnv}
 */
export function toolEnvironment(base = process.env) {
  return {
    ...base,
    PATH: [join(root, "node_modules", ".bin"), base.PATH].filter(Boolean).join(delimiter),
    ...(isWritable(homedir())
      ? {}
      : { XDG_CONFIG_HOME: join(cacheFolder, "config"), npm_config_cache: join(cacheFolder, "npm") }),
    XDG_CACHE_HOME: cacheFolder,
    WRANGLER_LOG_PATH: join(cacheFolder, "wrangler-logs"),
    WRANGLER_REGISTRY_PATH: join(cacheFolder, "wrangler-registry"),
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_SEND_ERROR_REPORTS: "false",
    WRANGLER_NO_SKILLS_UPDATE_PROMPTS: "true",
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    X_LOCAL_EXPLORER: "false",
    X_LOCAL_OBSERVABILITY: "false",
  };
}

/** @param {string} folder */
function isWritable(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
