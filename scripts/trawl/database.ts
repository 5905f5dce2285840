/** Opens Trawl's D1 database from a script. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getPlatformProxy, unstable_readConfig as readConfig } from "wrangler";
import { type Database, database } from "../../src/db/client.ts";

export interface Where {
  /** Use the deployed database. Requires `npx wrangler login`. */
  remote: boolean;
  /** Folder with the local data, as in `wrangler dev --persist-to`. */
  persistTo: string;
}

/**
 * Opens the database, calls `use` with it, and closes it.
 *
 * Wrangler gets a configuration with nothing but the database. So it starts fast and does not disturb a Worker that runs
 * on the same data.
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
