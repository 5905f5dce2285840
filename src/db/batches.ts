/** Reading an account's batches. Every function takes the account's id, and finds nothing of others. */
import { and, eq } from "drizzle-orm";
import type { Database } from "./client.ts";
import { batches } from "./schema.ts";

export type BatchRow = typeof batches.$inferSelect;

/** @throws what D1 throws */
export async function findBatch(db: Database, accountId: string, id: string): Promise<BatchRow | null> {
  const [row] = await db
    .select()
    .from(batches)
    .where(and(eq(batches.accountId, accountId), eq(batches.id, id)));
  return row ?? null;
}
