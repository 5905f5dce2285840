/** What the clean-up needs of batches, of all accounts. All functions throw what D1 throws. */
import { and, asc, inArray, isNotNull, isNull, lte, notExists, sql } from "drizzle-orm";
import type { Database } from "./client.ts";
import { batches, items, webhookDeliveries } from "./schema.ts";

/** A batch whose content is due to be removed. */
export interface ExpiredBatch {
  id: string;
  accountId: string;
  completedAt: number;
}

/**
 * Batches that completed by `before` and still have their content, those that completed first coming first.
 *
 * @param after goes on behind this one
 */
export async function listExpiredBatches(
  db: Database,
  before: number,
  after: ExpiredBatch | undefined,
  limit: number,
): Promise<ExpiredBatch[]> {
  const rows = await db
    .select({ id: batches.id, accountId: batches.accountId, completedAt: batches.completedAt })
    .from(batches)
    .where(
      and(
        isNull(batches.contentRemovedAt),
        lte(batches.completedAt, before),
        after && sql`(${batches.completedAt}, ${batches.id}) > (${after.completedAt}, ${after.id})`,
      ),
    )
    .orderBy(asc(batches.completedAt), asc(batches.id))
    .limit(limit);
  return rows.map(({ id, accountId, completedAt }) => ({ id, accountId, completedAt: completedAt ?? 0 }));
}

/** Notes that the content of these batches, at most 99, is gone. The first time stands. */
export async function noteContentRemoved(db: Database, ids: string[], now: number): Promise<void> {
  if (ids.length === 0) return;
  await db
    .update(batches)
    .set({ contentRemovedAt: now })
    .where(and(inArray(batches.id, ids), isNull(batches.contentRemovedAt)));
}

/** Rows removed by one step. */
export interface RemovedRows {
  batches: number;
  items: number;
  deliveries: number;
}

/**
 * Removes rows of the `maxBatches` batches that completed first, by `before`, and have no content any more: of items and
 * of deliveries `maxRows` each, and of batches those that have none of these left. One transaction; what it leaves, the
 * same call again removes.
 */
export async function removeBatchRows(
  db: Database,
  before: number,
  maxBatches: number,
  maxRows: number,
): Promise<RemovedRows> {
  const due = db
    .select({ id: batches.id })
    .from(batches)
    .where(and(isNotNull(batches.contentRemovedAt), lte(batches.completedAt, before)))
    .orderBy(asc(batches.completedAt), asc(batches.id))
    .limit(maxBatches);
  const itemRow = sql`${items}.rowid`;
  const deliveryRow = sql`${webhookDeliveries}.rowid`;
  const dueItems = db.select({ itemRow }).from(items).where(inArray(items.batchId, due)).limit(maxRows);
  const dueDeliveries = db
    .select({ deliveryRow })
    .from(webhookDeliveries)
    .where(inArray(webhookDeliveries.batchId, due))
    .limit(maxRows);
  const left = (table: typeof items | typeof webhookDeliveries) =>
    db.select({ one: sql`1` }).from(table).where(sql`${table.batchId} = ${batches.id}`);
  const [removedItems, removedDeliveries, removedBatches] = await db.batch([
    db.delete(items).where(inArray(itemRow, dueItems)),
    db.delete(webhookDeliveries).where(inArray(deliveryRow, dueDeliveries)),
    db
      .delete(batches)
      .where(and(inArray(batches.id, due), notExists(left(items)), notExists(left(webhookDeliveries)))),
  ]);
  return {
    batches: removedBatches.meta.changes,
    items: removedItems.meta.changes,
    deliveries: removedDeliveries.meta.changes,
  };
}
