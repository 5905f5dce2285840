/**
 * The sweep: wakes batches whose tracker has gone quiet. A tracker may never have been started, or may have lost its
 * alarm or its storage. Cloudflare drops an alarm after six failures, some two minutes
 * (developers.cloudflare.com/durable-objects/api/alarms). A cron trigger runs the sweep every minute.
 */
import { database } from "../db/client.ts";
import { markQuietBatches, markUndeliveredBatches } from "../db/quiet-batches.ts";
import type { Env } from "../settings.ts";
import { log, messageOf } from "../text/log.ts";
import { LONGEST_PAUSE_MS } from "../webhook/schedule.ts";
import { type BatchTracker, batchTracker } from "./tracker.ts";

/** A running batch counts as quiet after this many ms. Its tracker writes to D1 at least once a minute. */
export const QUIET_MS = 3 * 60_000;
/** A batch that was never started is woken after this many ms, which gives its request time to start it. */
const UNSTARTED_MS = 30_000;
/** While a webhook is being delivered, its tracker writes to D1 only after each attempt. */
const UNDELIVERED_MS = LONGEST_PAUSE_MS + QUIET_MS;
/** The most batches of each kind woken per sweep, the quietest first. */
const MAX_WOKEN = 100;

/**
 * Wakes the trackers of quiet batches: those that run, and those whose webhook is still to be delivered. Returns how
 * many it tried to wake.
 *
 * Each is marked as updated now, so that one that does not wake is tried again after the others.
 *
 * @throws what D1 throws
 */
export async function wakeQuietBatches(env: Env, now: number): Promise<number> {
  const db = database(env.DB);
  const since = { quietBefore: now - QUIET_MS, unstartedBefore: now - UNSTARTED_MS };
  const quiet = await markQuietBatches(db, since, now, MAX_WOKEN);
  await Promise.all(quiet.map((id) => wake(env, id, (tracker) => tracker.start(id))));
  const undelivered = await markUndeliveredBatches(db, now - UNDELIVERED_MS, now, MAX_WOKEN);
  await Promise.all(undelivered.map((id) => wake(env, id, (tracker) => tracker.continueDelivery(id))));
  return quiet.length + undelivered.length;
}

async function wake(
  env: Env,
  batchId: string,
  call: (tracker: DurableObjectStub<BatchTracker>) => Promise<void>,
): Promise<void> {
  try {
    await call(batchTracker(env, batchId));
    log("warn", "batch.woken", { batch_id: batchId });
  } catch (thrown) {
    log("error", "batch.not_woken", { batch_id: batchId, error: messageOf(thrown) });
  }
}
