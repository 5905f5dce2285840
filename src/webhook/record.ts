/** What the webhook's delivery reads from and writes to D1. */
import { eq } from "drizzle-orm";
import { database } from "../db/client.ts";
import { accounts, batches, webhookDeliveries } from "../db/schema.ts";

/** One attempt, as it is kept. */
export type DeliveryRecord = typeof webhookDeliveries.$inferInsert;

export interface Delivery {
  batch: typeof batches.$inferSelect;
  url: string;
  /** `whsec_…`: the account's, and for a day after a rotation the one before it. */
  secrets: string[];
}

/** What to send for the batch and where; null when it has no webhook. @throws what D1 throws */
export async function readDelivery(d1: D1Database, batchId: string, now: number): Promise<Delivery | null> {
  const [row] = await database(d1)
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

/** Keeps an attempt. Safe to repeat. @throws what D1 throws */
export async function recordDelivery(d1: D1Database, record: DeliveryRecord): Promise<void> {
  await database(d1).insert(webhookDeliveries).values(record).onConflictDoNothing();
}
