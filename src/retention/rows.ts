/** Removes what D1 keeps of batches that are past their time. */
import { database } from "../db/client.ts";
import { type RemovedRows, removeBatchRows } from "../db/expiry.ts";
import { type Env, settings } from "../settings.ts";

/**
 * Steps in one run, at most, of three statements each. With those of the other parts they stay below the 1,000 that a
 * Worker can make (developers.cloudflare.com/d1/platform/limits, "Queries per Worker invocation").
 */
const MAX_STEPS = 150;
/** A statement may take 30 s (the same page), and while one runs, no other does: so many rows take a fraction of one. */
const ROWS_PER_STEP = 5000;
const BATCHES_PER_STEP = 100;

export interface RowRemoval extends RemovedRows {
  /** The run used up its steps or its time. The next run goes on. */
  isCutShort: boolean;
}

/**
 * Removes batches that completed BATCH_RETENTION_MS ago or longer, with their items and deliveries, once their content
 * has been removed. What a run does not get to, the next one does; two at the same time do no harm.
 *
 * @param endsAt no step begins after this; epoch ms
 * @throws what D1 throws
 */
export async function removeExpiredRows(
  env: Env,
  now: number,
  endsAt: number,
  { steps = MAX_STEPS, rows = ROWS_PER_STEP } = {},
): Promise<RowRemoval> {
  const before = now - settings(env).BATCH_RETENTION_MS;
  const db = database(env.DB);
  const done: RowRemoval = { batches: 0, items: 0, deliveries: 0, isCutShort: false };
  for (let made = 0; made < steps && Date.now() < endsAt; made += 1) {
    const removed = await removeBatchRows(db, before, BATCHES_PER_STEP, rows);
    done.batches += removed.batches;
    done.items += removed.items;
    done.deliveries += removed.deliveries;
    if (removed.batches < BATCHES_PER_STEP && removed.items < rows && removed.deliveries < rows) return done;
  }
  return { ...done, isCutShort: true };
}
