/** Removing expired batches of all accounts. All functions throw what D1 throws. */
import { and, asc, inArray, isNotNull, isNull, lte, notExists, sql } from "drizzle-orm";
import type { Database } from "./client.ts";
import { batches, items, webhookDeliveries } from "./schema.ts";

/** A batch whose content has expired. */
export interface ExpiredBatch {
  id: string;
  accountId: string;
  completedAt: number;
}

/**
 * Lists batches that completed by `before` and still have their content, the oldest first.
 *
 * @param after continues after this batch
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

/** Records that the content of these batches (at most 99) was removed. A time recorded earlier is kept. */
export async function noteContentRemoved(db: Database, ids: string[], now: number): Promise<void> {
  if (ids.length === 0) return;
  await db
    .update(batches)
    .set({ contentRemovedAt: now })
    .where(and(inArray(batches.id, ids), isNull(batches.contentRemovedAt)));
}

/** How many rows a step removed. */
export interface RemovedRows {
  batches: number;
  items: number;
  deliveries: number;
}

/**
 * Removes rows of batches that completed by `before` and have no content left. In one transaction it takes up to
 * `maxBatches` batches, the oldest first, removes up to `maxRows` of their items and as many of their deliveries, and
 * then the batches that have none left. The next call removes more.
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
