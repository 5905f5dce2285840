/**
 * Wakes batches whose tracker has gone quiet: one that was never started, because the request that wrote its rows died,
 * or one whose alarm or storage was lost. Cloudflare drops an alarm that has failed six times, after some two minutes
 * (developers.cloudflare.com/durable-objects/api/alarms). The clock calls it each minute.
 */
import { database } from "../db/client.ts";
import { markQuietBatches, markUndeliveredBatches } from "../db/quiet-batches.ts";
import { withinTime } from "../io/time-limit.ts";
import { type Env, settings } from "../settings.ts";
import { log, messageOf } from "../text/log.ts";
import { LONGEST_PAUSE_MS } from "../webhook/schedule.ts";
import { type BatchTracker, batchTracker } from "./tracker.ts";

/** A batch counts as quiet after this many ms. While it runs, its tracker writes at least once a minute. */
export const QUIET_MS = 3 * 60_000;
/** A batch that was never started is woken after this many ms: its request has had time to do so. */
const UNSTARTED_MS = 30_000;
/** One that delivers the webhook writes after each attempt. */
const UNDELIVERED_MS = LONGEST_PAUSE_MS + QUIET_MS;
/** Batches woken in one go, of either kind; those that have been quiet longest come first. */
const MAX_WOKEN = 100;

/**
 * Wakes the tracker of each quiet batch, which is safe to do: one that runs, and one whose webhook is still to be
 * delivered. Answers how many were tried.
 *
 * Each is marked as if it had been heard of, so that one that does not wake is tried again after the others.
 *
 * @throws what D1 throws
 */
export async function wakeQuietBatches(env: Env, now: number): Promise<number> {
  const db = database(env.DB);
  const limit = settings(env).IO_TIMEOUT_MS;
  const since = { quietBefore: now - QUIET_MS, unstartedBefore: now - UNSTARTED_MS };
  const findingQuiet = markQuietBatches(db, since, now, MAX_WOKEN);
  const quiet = await withinTime(limit, "Finding quiet batches", findingQuiet);
  await Promise.all(quiet.map((id) => wake(env, id, (tracker) => tracker.start(id))));
  const findingUndelivered = markUndeliveredBatches(db, now - UNDELIVERED_MS, now, MAX_WOKEN);
  const undelivered = await withinTime(limit, "Finding undelivered webhooks", findingUndelivered);
  await Promise.all(undelivered.map((id) => wake(env, id, (tracker) => tracker.goOnDelivering(id))));
  return quiet.length + undelivered.length;
}

async function wake(
  env: Env,
  batchId: string,
  call: (tracker: DurableObjectStub<BatchTracker>) => Promise<void>,
): Promise<void> {
  try {
    await withinTime(settings(env).IO_TIMEOUT_MS, "The tracker", call(batchTracker(env, batchId)));
    log("warn", "batch.woken", { batch_id: batchId });
  } catch (thrown) {
    log("error", "batch.not_woken", { batch_id: batchId, error: messageOf(thrown) });
  }
}
