/** Webhook deliveries: what to send, and the attempts made. All functions throw what D1 throws. */
import { and, asc, eq, sql } from "drizzle-orm";
import type { Database } from "./client.ts";
import { isOwnBatch } from "./own-batch.ts";
import { accounts, batches, webhookDeliveries } from "./schema.ts";

export type DeliveryRow = typeof webhookDeliveries.$inferSelect;

/** Lists the attempts to deliver a batch's webhook, oldest first. */
export async function listDeliveries(
  db: Database,
  accountId: string,
  batchId: string,
): Promise<DeliveryRow[]> {
  const rows = await db
    .select({ delivery: webhookDeliveries })
    .from(webhookDeliveries)
    .innerJoin(batches, eq(batches.id, webhookDeliveries.batchId))
    .where(isOwnBatch(accountId, batchId))
    .orderBy(asc(webhookDeliveries.startedAt), asc(webhookDeliveries.id));
  return rows.map((row) => row.delivery);
}

export interface Delivery {
  batch: typeof batches.$inferSelect;
  url: string;
  /** `whsec_…`: the account's secret and, for a day after a rotation, the previous one. */
  secrets: string[];
}

/** Reads what the batch's tracker has to send. Null if the batch has no webhook or was deleted. */
export async function readDelivery(db: Database, batchId: string, now: number): Promise<Delivery | null> {
  const [row] = await db
    .select({ batch: batches, account: accounts })
    .from(batches)
    .innerJoin(accounts, eq(accounts.id, batches.accountId))
    .where(eq(batches.id, batchId));
  if (!row?.batch.webhook) return null;
  const { webhookSecret, webhookSecretPrevious, webhookSecretPreviousUntil } = row.account;
  const previous = webhookSecretPrevious !== null && now < (webhookSecretPreviousUntil ?? 0);
  return {
    batch: row.batch,
    url: row.batch.webhook,
    secrets: previous ? [webhookSecret, webhookSecretPrevious] : [webhookSecret],
  };
}

/**
 * Stores an attempt to deliver the completion event, and marks the batch as updated. Safe to repeat. Does nothing if the
 * batch was deleted.
 *
 * @param endedAt when the delivery ended, if this was its last attempt
 */
export async function recordDelivery(
  db: Database,
  record: DeliveryRow,
  endedAt: number | null,
  now: number,
): Promise<void> {
  await db.batch([
    insertDelivery(db, record),
    db.update(batches).set({ updatedAt: now, webhookEndedAt: endedAt }).where(eq(batches.id, record.batchId)),
  ]);
}

/** Stores an attempt to deliver events of items. Safe to repeat. Does nothing if the batch was deleted. */
export async function recordItemsDelivery(db: Database, record: DeliveryRow): Promise<void> {
  await insertDelivery(db, record);
}

function insertDelivery(db: Database, record: DeliveryRow) {
  const { id, batchId, event, attempt, startedAt, durationMs, delivered, httpStatus } = record;
  const { errorCode, errorMessage } = record;
  const values = sql`${id}, ${batchId}, ${event}, ${attempt}, ${startedAt}, ${durationMs}, ${Number(delivered)}, ${httpStatus}, ${errorCode}, ${errorMessage}`;
  const isThere = sql`EXISTS (SELECT 1 FROM ${batches} WHERE ${eq(batches.id, batchId)})`;
  return db.insert(webhookDeliveries).select(sql`SELECT ${values} WHERE ${isThere}`).onConflictDoNothing();
}

/** Records that the event of a completed batch is to be sent again. */
export async function noteRedelivery(
  db: Database,
  accountId: string,
  batchId: string,
  now: number,
): Promise<void> {
  await db
    .update(batches)
    .set({ updatedAt: now, webhookEndedAt: null })
    .where(and(isOwnBatch(accountId, batchId), eq(batches.status, "completed")));
}
