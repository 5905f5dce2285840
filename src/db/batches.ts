/**
 * Reads and changes an account's batches. Every function takes the account's id, so that it never finds another
 * account's batch, and throws what D1 throws.
 */
import { and, desc, eq, isNull, type SQL, sql } from "drizzle-orm";
import type { Database } from "./client.ts";
import type { Metadata } from "./json-columns.ts";
import { isOwnBatch } from "./own-batch.ts";
import { batches } from "./schema.ts";

export type BatchRow = typeof batches.$inferSelect;
export type BatchStatus = BatchRow["status"];

/** How many batches a query with a filter reads at most. That takes D1 about 20 ms. */
const MAX_FILTERED = 10_000;

export interface BatchesQuery {
  status?: BatchStatus;
  /** Only batches that have all of these. */
  metadata?: Metadata;
  /** Only batches older than this one. */
  after?: Pick<BatchRow, "createdAt" | "id">;
  limit: number;
}

interface BatchPage {
  batches: BatchRow[];
  /** The batch that the next page comes after. Absent on the last page. */
  goOnAfter?: Pick<BatchRow, "createdAt" | "id">;
}

export async function findBatch(db: Database, accountId: string, id: string): Promise<BatchRow | null> {
  const [row] = await db.select().from(batches).where(isOwnBatch(accountId, id));
  return row ?? null;
}

/**
 * Lists a page of batches, newest first. A query with a filter reads at most MAX_FILTERED batches, so a page may be
 * short or empty although batches on later pages match.
 */
export async function listBatches(
  db: Database,
  accountId: string,
  { status, metadata, after, limit }: BatchesQuery,
): Promise<BatchPage> {
  const place = sql`(${batches.createdAt}, ${batches.id})`;
  const newestFirst = [desc(batches.createdAt), desc(batches.id)];
  const rest = and(
    eq(batches.accountId, accountId),
    after && sql`${place} < (${after.createdAt}, ${after.id})`,
  );
  const isFiltered = status !== undefined || metadata !== undefined;
  const [last] = isFiltered
    ? await db
        .select({ createdAt: batches.createdAt, id: batches.id })
        .from(batches)
        .where(rest)
        .orderBy(...newestFirst)
        .limit(1)
        .offset(MAX_FILTERED - 1)
    : [];
  // One row more than the limit shows whether there is another page.
  const found = await db
    .select()
    .from(batches)
    .where(
      and(
        rest,
        last && sql`${place} >= (${last.createdAt}, ${last.id})`,
        status && eq(batches.status, status),
        metadata && hasMetadata(metadata),
      ),
    )
    .orderBy(...newestFirst)
    .limit(limit + 1);
  const shown = found.slice(0, limit);
  return { batches: shown, goOnAfter: found.length > limit ? shown.at(-1) : last };
}

/** Takes one parameter, however many keys there are. */
function hasMetadata(wanted: Metadata): SQL {
  return sql`NOT EXISTS (
    SELECT 1 FROM json_each(${JSON.stringify(wanted)}) AS wanted
    WHERE NOT EXISTS (
      SELECT 1 FROM json_each(${batches.metadata}) AS had
      WHERE had.key = wanted.key AND had.value = wanted.value))`;
}

/**
 * Merges `patch` into a batch's metadata. A key set to null is removed; if the patch itself is null, all keys are. A
 * single statement does so, so that of two patches at the same time neither is lost. Changes nothing if the result would
 * have more than `maxKeys` keys.
 *
 * @returns the changed batch, the number of keys if there would be too many, or null if there is no such batch
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

/** Records that the batch was cancelled, if it is still running. */
export async function noteCancelled(db: Database, accountId: string, id: string, now: number): Promise<void> {
  await db
    .update(batches)
    .set({ cancelledAt: now })
    .where(and(isOwnBatch(accountId, id), eq(batches.status, "in_progress"), isNull(batches.cancelledAt)));
}
