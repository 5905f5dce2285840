/** What an account can do to its own batch after it was accepted. */
import { type BatchRow, noteCancelled } from "../db/batches.ts";
import { database } from "../db/client.ts";
import { noteRedelivery } from "../db/deliveries.ts";
import { repeatable } from "../io/d1.ts";
import type { Env } from "../settings.ts";
import { batchTracker } from "./tracker.ts";

/** Fails the items that are not being rendered yet. A completed batch stays as it is. @throws what D1 or the tracker throws */
export async function cancelBatch(env: Env, batch: BatchRow): Promise<void> {
  if (batch.status === "completed") return;
  await noteCancelled(database(repeatable(env.DB)), batch.accountId, batch.id, Date.now());
  await batchTracker(env, batch.id).cancel(batch.id);
}

/**
 * Sends the batch's event again. D1 is told first, so that the sweep (wake.ts) makes up for a tracker that fails.
 *
 * @throws what D1 or the tracker throws
 */
export async function redeliverWebhook(env: Env, batch: BatchRow): Promise<void> {
  await noteRedelivery(database(repeatable(env.DB)), batch.accountId, batch.id, Date.now());
  await batchTracker(env, batch.id).redeliver(batch.id);
}
