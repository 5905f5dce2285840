/**
 * Where things are, and the environment in which the installed tools run.
 *
 * All of set-up is plain JavaScript without dependencies: it runs on Node 18 and newer, before anything is installed.
 */
import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository. */
export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** What set-up makes and can make again. Git-ignored. */
export const cacheFolder = join(root, ".cache");

/**
 * The environment for wrangler, vitest and whatever starts them.
 *
 * - `node_modules/.bin` comes first in PATH, and with it the Node that the tools need.
 * - Local browser, logs and the registry of running workers stay in the repository, and where the home folder cannot be
 *   written to, all else too.
 * - Wrangler reports nothing, looks for no update and asks no question. Its trace collector and explorer are off: they
 *   would record every call that the Worker makes.
 *
 * @param {NodeJS.ProcessEnv} [base] what to start from
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
