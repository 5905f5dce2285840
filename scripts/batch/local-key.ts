/** The API key for a Trawl that runs on this machine. It is created when it is first needed, and kept. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { issueKey } from "../../src/account/issue-key.ts";
import { UsageError } from "../command-line/arguments.ts";
import { root } from "../setup/environment.mjs";
import { ApiError, Client } from "../trawl/client.ts";

/** The account that the key belongs to. */
const ACCOUNT = "batch";
const keyFile = join(root, ".cache", "batch-key");
const stateFolder = join(root, ".wrangler", "state");

/** @throws {UsageError} if the Trawl at `origin` does not run on the data in this folder */
export async function localKey(origin: string): Promise<string> {
  const kept = existsSync(keyFile) ? readFileSync(keyFile, "utf8").trim() : undefined;
  if (kept && (await isValid(origin, kept))) return kept;
  // Wrangler takes a second to load.
  const { withDatabase } = await import("../trawl/database.ts");
  const where = { remote: false, persistTo: stateFolder };
  const { key } = await withDatabase(where, (db) => issueKey(db, ACCOUNT));
  if (!(await isValid(origin, key))) {
    throw new UsageError(`${origin} does not run on the data in ${stateFolder}. Give --key.`);
  }
  mkdirSync(dirname(keyFile), { recursive: true });
  writeFileSync(keyFile, `${key}\n`, { mode: 0o600 });
  return key;
}

async function isValid(origin: string, key: string): Promise<boolean> {
  try {
    await new Client(origin, key).recent();
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return false;
    throw error;
  }
}
