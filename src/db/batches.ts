/**
 * Reading and changing an account's batches. Every function takes the account's id, finds nothing of others, and throws
 * what D1 throws.
 */
import { and, desc, eq, isNull, type SQL, sql } from "drizzle-orm";
import type { Database } from "./client.ts";
import { isOwnBatch } from "./own-batch.ts";
import { batches } from "./schema.ts";

export type BatchRow = typeof batches.$inferSelect;
export type BatchStatus = BatchRow["status"];

export interface BatchesQuery {
  status?: BatchStatus;
  /** Batches that have all of these. */
  metadata?: Record<string, string>;
  /** Batches older than this one. */
  after?: Pick<BatchRow, "createdAt" | "id">;
  limit: number;
}

export async function findBatch(db: Database, accountId: string, id: string): Promise<BatchRow | null> {
  const [row] = await db.select().from(batches).where(isOwnBatch(accountId, id));
  return row ?? null;
}

/** Newest first. */
export async function listBatches(db: Database, accountId: string, query: BatchesQuery): Promise<BatchRow[]> {
  const { status, metadata, after, limit } = query;
  return db
    .select()
    .from(batches)
    .where(
      and(
        eq(batches.accountId, accountId),
        status && eq(batches.status, status),
        metadata && hasMetadata(metadata),
        after && sql`(${batches.createdAt}, ${batches.id}) < (${after.createdAt}, ${after.id})`,
      ),
    )
    .orderBy(desc(batches.createdAt), desc(batches.id))
    .limit(limit);
}

/** One parameter, however many keys there are. */
function hasMetadata(wanted: Record<string, string>): SQL {
  return sql`NOT EXISTS (
    SELECT 1 FROM json_each(${JSON.stringify(wanted)}) AS wanted
    WHERE NOT EXISTS (
      SELECT 1 FROM json_each(${batches.metadata}) AS had
      WHERE had.key = wanted.key AND had.value = wanted.value))`;
}

/**
 * Merges into a batch's metadata: null removes a key; null for the patch in its whole removes all. One statement, so
 * that two at the same time lose neither's keys. Nothing is changed if there would be more than `maxKeys`.
 *
 * @returns the batch as it is then, the number of keys if there would be too many, or null if there is no such batch
 */
export async function patchMetadata(
  db: Database,
  accountId: string,
  id: string,
  patch: Record<string, string | null> | null,
  maxKeys: number,
): Promise<BatchRow | { keys: number } | null> {
  const merged = patch === null ? sql`'{}'` : sql`json_patch(${batches.metadata}, ${JSON.stringify(patch)})`;
  const keys = sql<number>`(SELECT COUNT(*) FROM json_each(${merged}))`;
  const [patched, counted] = await db.batch([
    db
      .update(batches)
      .set({ metadata: merged })
      .where(and(isOwnBatch(accountId, id), sql`${keys} <= ${maxKeys}`))
      .returning(),
    db.select({ keys }).from(batches).where(isOwnBatch(accountId, id)),
  ]);
  return patched[0] ?? counted[0] ?? null;
}

/** Notes that the batch was asked to stop, if it is still running. */
export async function noteCancelled(db: Database, accountId: string, id: string, now: number): Promise<void> {
  await db
    .update(batches)
    .set({ cancelledAt: now })
    .where(and(isOwnBatch(accountId, id), eq(batches.status, "in_progress"), isNull(batches.cancelledAt)));
}
