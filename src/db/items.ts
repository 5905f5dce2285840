/** Reads an account's items. Every function takes the account's id, so that it never finds another account's items. */
import { and, asc, eq, gt, type SQL } from "drizzle-orm";
import type { BatchRow } from "./batches.ts";
import type { Database } from "./client.ts";
import { isOwnBatch } from "./own-batch.ts";
import { batches, items } from "./schema.ts";

export type ItemRow = typeof items.$inferSelect;

export const finishedStatuses = ["completed", "failed"] as const satisfies ItemRow["status"][];
export type FinishedStatus = (typeof finishedStatuses)[number];

export interface ItemsQuery {
  status?: FinishedStatus;
  /** Only items that finished after the one with this `seq`. */
  after: number;
  limit: number;
}

function matches(isOwn: SQL | undefined, { status, after }: ItemsQuery): SQL | undefined {
  return and(isOwn, gt(items.seq, after), status && eq(items.status, status));
}

/**
 * Reads a batch and a page of its finished items in one transaction. Items come in the order in which they finished.
 * Null if the account has no such batch. @throws what D1 throws
 */
export async function listFinishedItems(
  db: Database,
  accountId: string,
  batchId: string,
  query: ItemsQuery,
): Promise<{ batch: BatchRow; items: ItemRow[] } | null> {
  const isOwn = isOwnBatch(accountId, batchId);
  const [found, rows] = await db.batch([
    db.select().from(batches).where(isOwn),
    db
      .select({ items })
      .from(items)
      .innerJoin(batches, eq(batches.id, items.batchId))
      .where(matches(isOwn, query))
      .orderBy(asc(items.seq))
      .limit(query.limit),
  ]);
  const batch = found[0];
  return batch ? { batch, items: rows.map((row) => row.items) } : null;
}

/** A stretch of a batch's finished items, in the order in which they finished. */
export interface Stretch {
  batch: BatchRow;
  /** The `seq` of its last item; that of the item before it if it is empty. */
  last: number;
  /** Whether more items have finished since. */
  hasMore: boolean;
}

/**
 * Finds where a stretch of at most `limit` items ends. Null if the account has no such batch.
 *
 * @throws what D1 throws
 */
export async function findStretch(
  db: Database,
  accountId: string,
  batchId: string,
  query: ItemsQuery,
): Promise<Stretch | null> {
  const isOwn = isOwnBatch(accountId, batchId);
  const [found, rows] = await db.batch([
    db.select().from(batches).where(isOwn),
    db
      .select({ seq: items.seq })
      .from(items)
      .innerJoin(batches, eq(batches.id, items.batchId))
      .where(matches(isOwn, query))
      .orderBy(asc(items.seq))
      .limit(query.limit + 1),
  ]);
  const batch = found[0];
  const last = rows[Math.min(query.limit, rows.length) - 1]?.seq ?? query.after;
  return batch ? { batch, last, hasMore: rows.length > query.limit } : null;
}

/** Lists the failed items of a batch as they were requested, each with its failure code. @throws what D1 throws */
export async function listFailedItems(db: Database, accountId: string, batchId: string) {
  const rows = await db
    .select({ custom_id: items.customId, url: items.url, metadata: items.metadata, code: items.errorCode })
    .from(items)
    .innerJoin(batches, eq(batches.id, items.batchId))
    .where(and(isOwnBatch(accountId, batchId), eq(items.status, "failed")))
    .orderBy(asc(items.idx));
  return rows.map(({ metadata, ...item }) => ({ ...item, metadata: metadata ?? undefined }));
}

/** Finds an item by its position in the batch. Null if the account has no such item. @throws what D1 throws */
export async function findItem(
  db: Database,
  accountId: string,
  batchId: string,
  idx: number,
): Promise<{ batch: BatchRow; item: ItemRow } | null> {
  const [row] = await db
    .select({ batch: batches, item: items })
    .from(items)
    .innerJoin(batches, eq(batches.id, items.batchId))
    .where(and(isOwnBatch(accountId, batchId), eq(items.idx, idx)));
  return row ?? null;
}
