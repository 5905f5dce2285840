/**
 * Wakes batches whose tracker has gone quiet: one that was never started, because the request that wrote its rows died,
 * or one whose alarm or storage was lost. The clock calls it each minute.
 */
import { and, asc, eq, inArray, lt } from "drizzle-orm";
import { database } from "../db/client.ts";
import { batches } from "../db/schema.ts";
import { type Env, settings } from "../env.ts";
import { log, messageOf } from "../log.ts";
import { withinTime } from "../time-limit.ts";
import { batchTracker } from "./tracker.ts";

/** A tracker that is alive writes at least each minute. */
export const QUIET_MS = 3 * 60_000;
/** Batches woken in one go; those that have been quiet longest come first. */
const MAX_WOKEN = 100;

/**
 * Starts the tracker of each quiet batch again, which is safe to do. Answers how many were tried.
 *
 * Each is marked as if it had been heard of, so that one that does not wake is tried again after the others.
 *
 * @throws what D1 throws
 */
export async function wakeQuietBatches(env: Env, now: number): Promise<number> {
  const limit = settings(env).IO_TIMEOUT_MS;
  const db = database(env.DB);
  const quiet = db
    .select({ id: batches.id })
    .from(batches)
    .where(and(eq(batches.status, "in_progress"), lt(batches.updatedAt, now - QUIET_MS)))
    .orderBy(asc(batches.updatedAt))
    .limit(MAX_WOKEN);
  const marking = db
    .update(batches)
    .set({ updatedAt: now })
    .where(inArray(batches.id, quiet))
    .returning({ id: batches.id });
  const marked = await withinTime(limit, "Finding quiet batches", marking.execute());
  await Promise.all(marked.map(({ id }) => wake(env, id, limit)));
  return marked.length;
}

async function wake(env: Env, batchId: string, limitMs: number): Promise<void> {
  try {
    await withinTime(limitMs, "The tracker", batchTracker(env, batchId).start(batchId));
    log("warn", "batch.woken", { batch_id: batchId });
  } catch (thrown) {
    log("error", "batch.not_woken", { batch_id: batchId, error: messageOf(thrown) });
  }
}
