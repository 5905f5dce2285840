/** Removes expired batches from D1. */
import { database } from "../db/client.ts";
import { type RemovedRows, removeBatchRows } from "../db/expiry.ts";
import { type Env, settings } from "../settings.ts";

/**
 * How many steps of four statements a run makes. Together with the other parts that is fewer than the 1,000 statements
 * an invocation can make (developers.cloudflare.com/d1/platform/limits, "Queries per Worker invocation").
 */
const MAX_STEPS = 150;
/** Takes a fraction of a second. D1 runs one statement at a time, and one may take up to 30 s (same page). */
const ROWS_PER_STEP = 5000;
const BATCHES_PER_STEP = 100;

export interface RowRemoval extends RemovedRows {
  /** The run ran out of steps or time. The next run continues. */
  isCutShort: boolean;
}

/**
 * Removes batches that completed at least BATCH_RETENTION_MS ago, with their items and deliveries, once their content was
 * removed. For batches cancelled before any of their pages had succeeded, it is CANCELLED_RETENTION_MS. The next run
 * removes what this one did not get to. Two runs at the same time do no harm.
 *
 * @param endsAt makes no new steps after this; epoch ms
 * @throws what D1 throws
 */
export async function removeExpiredRows(
  env: Env,
  now: number,
  endsAt: number,
  { steps = MAX_STEPS, rows = ROWS_PER_STEP } = {},
): Promise<RowRemoval> {
  const { BATCH_RETENTION_MS, CANCELLED_RETENTION_MS } = settings(env);
  const by = { completed: now - BATCH_RETENTION_MS, neverBegun: now - CANCELLED_RETENTION_MS };
  const db = database(env.DB);
  const done: RowRemoval = { batches: 0, items: 0, deliveries: 0, isCutShort: false };
  for (let made = 0; made < steps && Date.now() < endsAt; made += 1) {
    const removed = await removeBatchRows(db, by, BATCHES_PER_STEP, rows);
    done.batches += removed.batches;
    done.items += removed.items;
    done.deliveries += removed.deliveries;
    if (removed.batches < BATCHES_PER_STEP && removed.items < rows && removed.deliveries < rows) return done;
  }
  return { ...done, isCutShort: true };
}
