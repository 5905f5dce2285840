/** Opens Trawl's database from a script: the local one that `npm run dev` uses, or the deployed one. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getPlatformProxy, unstable_readConfig as readConfig } from "wrangler";
import { type Database, database } from "../../src/db/client.ts";

export interface Where {
  /** The deployed database. Needs to be logged in: `npx wrangler login`. */
  remote: boolean;
  /** Folder of the local state, as of `wrangler dev --persist-to`. */
  persistTo: string;
}

/**
 * Runs `use` on the database, and closes it.
 *
 * Wrangler is given a configuration that has the database alone, so that it starts in a moment, and nothing of a worker
 * that runs beside it on the same state is touched.
 */
export async function withDatabase<T>(where: Where, use: (db: Database) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "trawl-keys-"));
  try {
    const configPath = join(folder, "wrangler.json");
    await writeFile(configPath, JSON.stringify(configuration(where.remote)));
    const proxy = await getPlatformProxy<{ DB: D1Database }>({
      configPath,
      envFiles: [],
      persist: { path: join(where.persistTo, "v3") },
      remoteBindings: where.remote,
    });
    try {
      return await use(database(proxy.env.DB));
    } finally {
      await proxy.dispose();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface D1Configuration {
  binding: string;
  database_name?: string;
  database_id?: string;
}

function configuration(remote: boolean) {
  const config = readConfig({ config: new URL("../../wrangler.toml", import.meta.url).pathname });
  const databases: D1Configuration[] = config.d1_databases;
  const db = databases.find(({ binding }) => binding === "DB");
  if (!db) throw new Error("wrangler.toml has no D1 database with the binding DB.");
  const { database_name, database_id } = db;
  return {
    name: config.name,
    account_id: config.account_id,
    compatibility_date: config.compatibility_date,
    d1_databases: [{ binding: "DB", database_name, database_id, remote }],
  };
}
