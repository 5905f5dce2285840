/** D1 as Drizzle sees it. */
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import * as schema from "./schema.ts";

export type Database = DrizzleD1Database<typeof schema>;

/** The database with the tables of schema.ts, whose columns are in snake_case. */
export function database(d1: D1Database): Database {
  return drizzle(d1, { schema, casing: "snake_case" });
}
