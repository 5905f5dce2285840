/** What an account can do to a batch of its own after it was accepted. */
import type { BatchRow } from "../db/batches.ts";
import { noteCancelled } from "../db/batches.ts";
import { database } from "../db/client.ts";
import { type Env, settings } from "../env.ts";
import { withRetries } from "../retry.ts";
import { withinTime } from "../time-limit.ts";
import { type BatchTracker, batchTracker } from "./tracker.ts";

const ATTEMPTS = 3;
const FIRST_WAIT_MS = 100;

/** Stops what has not started. A batch that has completed stays as it is. @throws what D1 or the tracker throws */
export async function cancelBatch(env: Env, batch: BatchRow): Promise<void> {
  if (batch.status === "completed") return;
  const { IO_TIMEOUT_MS } = settings(env);
  await withRetries(ATTEMPTS, FIRST_WAIT_MS, () => {
    const noting = noteCancelled(database(env.DB), batch.accountId, batch.id, Date.now());
    return withinTime(IO_TIMEOUT_MS, "The database", noting);
  });
  await tell(env, batch.id, (tracker) => tracker.cancel(batch.id));
}

/** Sends the batch's event again. @throws what the tracker throws */
export async function redeliverWebhook(env: Env, batch: BatchRow): Promise<void> {
  await tell(env, batch.id, (tracker) => tracker.redeliver(batch.id));
}

async function tell(
  env: Env,
  batchId: string,
  command: (tracker: DurableObjectStub<BatchTracker>) => Promise<void>,
): Promise<void> {
  await withRetries(ATTEMPTS, FIRST_WAIT_MS, async () => {
    const told = command(batchTracker(env, batchId));
    await withinTime(settings(env).IO_TIMEOUT_MS, "The tracker", told);
  });
}
