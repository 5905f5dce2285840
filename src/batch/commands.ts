/** What an account can do to a batch of its own after it was accepted. */
import type { BatchRow } from "../db/batches.ts";
import { noteCancelled } from "../db/batches.ts";
import { database } from "../db/client.ts";
import { noteRedelivery } from "../db/deliveries.ts";
import { insist } from "../io/retry.ts";
import { type Env, settings } from "../settings.ts";
import { batchTracker } from "./tracker.ts";

/** Stops what has not started. A batch that has completed stays as it is. @throws what D1 or the tracker throws */
export async function cancelBatch(env: Env, batch: BatchRow): Promise<void> {
  if (batch.status === "completed") return;
  const limit = settings(env).IO_TIMEOUT_MS;
  const note = () => noteCancelled(database(env.DB), batch.accountId, batch.id, Date.now());
  await insist(limit, "The database", note);
  await insist(limit, "The tracker", () => batchTracker(env, batch.id).cancel(batch.id));
}

/**
 * Sends the batch's event again. It is noted first, so that the sweep sees to it should the tracker lose it.
 *
 * @throws what D1 or the tracker throws
 */
export async function redeliverWebhook(env: Env, batch: BatchRow): Promise<void> {
  const limit = settings(env).IO_TIMEOUT_MS;
  const note = () => noteRedelivery(database(env.DB), batch.accountId, batch.id, Date.now());
  await insist(limit, "The database", note);
  await insist(limit, "The tracker", () => batchTracker(env, batch.id).redeliver(batch.id));
}
