/** Trawl under `wrangler dev` with temporary data, for the demo, the benchmarks and the end-to-end tests. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { issueKey } from "../../src/account/issue-key.ts";
import { applyMigrations } from "../setup/migrations.mjs";
import { Client } from "./client.ts";
import { withDatabase } from "./database.ts";
import { type RunningWorker, startWorker, type WorkerOptions } from "./worker.ts";

export interface TemporaryTrawl {
  worker: RunningWorker;
  client: Client;
  /** Signs the webhooks of the client's account. */
  webhookSecret: string;
  /** Holds the data of D1, R2 and the Durable Objects. */
  stateFolder: string;
  /** Stops the Worker gracefully and deletes its data. */
  stop(): Promise<void>;
}

/**
 * Starts Trawl on a free port with a key for the account `accountName`. Private addresses are allowed unless `vars` says
 * otherwise. When this process exits, the Worker is killed and its data deleted.
 *
 * @throws {Error} if the Worker does not start
 */
export async function startTemporaryTrawl(
  accountName: string,
  options: Omit<WorkerOptions, "persistTo"> = {},
): Promise<TemporaryTrawl> {
  const stateFolder = mkdtempSync(join(tmpdir(), "trawl-"));
  const remove = () => rmSync(stateFolder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  process.once("exit", remove);

  applyMigrations(stateFolder);
  const where = { remote: false, persistTo: stateFolder };
  const { key, account } = await withDatabase(where, (db) => issueKey(db, accountName));
  const vars = { ALLOW_PRIVATE_NETWORK: true, ...options.vars };
  const worker = await startWorker({ ...options, vars, persistTo: stateFolder });
  return {
    worker,
    client: new Client(worker.origin, key),
    webhookSecret: account.webhookSecret,
    stateFolder,
    async stop() {
      await worker.stop();
      process.off("exit", remove);
      remove();
    },
  };
}
