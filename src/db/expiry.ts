/** Removing expired batches of all accounts. All functions throw what D1 throws. */
import { and, asc, inArray, isNotNull, isNull, lte, notExists, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "./client.ts";
import { accounts, batches, items, webhookDeliveries } from "./schema.ts";

/** A batch whose content has expired. */
export interface ExpiredBatch {
  id: string;
  accountId: string;
  completedAt: number;
}

/** Which batches have expired: those that completed by this time, in epoch ms. */
export interface ExpiredBy {
  completed: number;
  /** Of those that were cancelled before any of their pages had succeeded. */
  neverBegun: number;
}

/** Written so that each side of the OR is read from an index. */
function isExpired(by: ExpiredBy, content: SQL): SQL | undefined {
  const { cancelledAt, completedUrls, completedAt } = batches;
  const neverBegun = and(isNotNull(cancelledAt), sql`${completedUrls} = 0`);
  return or(
    and(content, lte(completedAt, by.completed)),
    and(content, neverBegun, lte(completedAt, by.neverBegun)),
  );
}

/**
 * Lists expired batches that still have their content, the oldest first.
 *
 * @param after continues after this batch
 */
export async function listExpiredBatches(
  db: Database,
  by: ExpiredBy,
  after: ExpiredBatch | undefined,
  limit: number,
): Promise<ExpiredBatch[]> {
  const rows = await db
    .select({ id: batches.id, accountId: batches.accountId, completedAt: batches.completedAt })
    .from(batches)
    .where(
      and(
        isExpired(by, isNull(batches.contentRemovedAt)),
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
 * Removes rows of expired batches that have no content left. In one transaction it takes up to `maxBatches` batches, the
 * oldest first, removes up to `maxRows` of their items and as many of their deliveries, and then the batches that have
 * none left. The next call removes more.
 */
export async function removeBatchRows(
  db: Database,
  by: ExpiredBy,
  maxBatches: number,
  maxRows: number,
): Promise<RemovedRows> {
  const due = db
    .select({ id: batches.id })
    .from(batches)
    .where(isExpired(by, isNotNull(batches.contentRemovedAt)))
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
  const isEmpty = and(inArray(batches.id, due), notExists(left(items)), notExists(left(webhookDeliveries)));
  const empty = { accountId: batches.accountId, size: sql`SUM(${batches.totalUrls})`.as("size") };
  const freed = db.select(empty).from(batches).where(isEmpty).groupBy(batches.accountId).as("freed");
  const [removedItems, removedDeliveries, , removedBatches] = await db.batch([
    db.delete(items).where(inArray(itemRow, dueItems)),
    db.delete(webhookDeliveries).where(inArray(deliveryRow, dueDeliveries)),
    db
      .update(accounts)
      .set({ storedItems: sql`MAX(0, ${accounts.storedItems} - ${freed.size})` })
      .from(freed)
      .where(sql`${accounts.id} = ${freed.accountId}`),
    db.delete(batches).where(isEmpty),
  ]);
  return {
    batches: removedBatches.meta.changes,
    items: removedItems.meta.changes,
    deliveries: removedDeliveries.meta.changes,
  };
}
