/** Reading the attempts to deliver an account's webhooks. */
import { asc, eq } from "drizzle-orm";
import type { Database } from "./client.ts";
import { isOwnBatch } from "./own-batch.ts";
import { batches, webhookDeliveries } from "./schema.ts";

export type DeliveryRow = typeof webhookDeliveries.$inferSelect;

/** The attempts of one batch's webhook, oldest first. @throws what D1 throws */
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
