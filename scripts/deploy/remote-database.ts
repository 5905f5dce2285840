/** A deployment's D1 database over Cloudflare's REST API. */
import { drizzle } from "drizzle-orm/sqlite-proxy";
import type { Database } from "../../src/db/client.ts";
import * as schema from "../../src/db/schema.ts";
import type { Cloudflare } from "./cloudflare-api.ts";

/** Runs the same queries as the Worker. Each is a call by itself: there are no transactions. */
export function remoteDatabase(api: Cloudflare, accountId: string, databaseId: string): Database {
  const run = async (sql: string, params: unknown[], method: string) => {
    const rows = await api.sql(accountId, databaseId, sql, params);
    return { rows: method === "get" ? (rows[0] as unknown[]) : rows };
  };
  // Drizzle takes `casing` from its third argument only, so it gets a second one.
  const runAll = async (queries: { sql: string; params: unknown[]; method: string }[]) => {
    const answers = [];
    for (const { sql, params, method } of queries) answers.push(await run(sql, params, method));
    return answers;
  };
  const remote = drizzle(run, runAll, { schema, casing: "snake_case" });
  // The two differ in what a write without RETURNING resolves to, which none of src/db/accounts.ts uses.
  return remote as unknown as Database;
}
