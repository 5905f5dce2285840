/**
 * Wakes batches whose tracker has gone quiet: one that was never started, because the request that wrote its rows died,
 * or one whose alarm or storage was lost. The clock calls it each minute.
 */
import { and, asc, eq, lt } from "drizzle-orm";
import { database } from "../db/client.ts";
import { batches } from "../db/schema.ts";
import type { Env } from "../env.ts";
import { log, messageOf } from "../log.ts";
import { batchTracker } from "./tracker.ts";

/** A tracker that is alive writes at least each minute. */
const QUIET_MS = 3 * 60_000;
/** Batches woken in one go; those that stay quiet longest come first. */
const MAX_WOKEN = 100;

/** Starts the tracker of each quiet batch again, which is safe to do. Answers how many. @throws what D1 throws */
export async function wakeQuietBatches(env: Env, now: number): Promise<number> {
  const quiet = await database(env.DB)
    .select({ id: batches.id })
    .from(batches)
    .where(and(eq(batches.status, "in_progress"), lt(batches.updatedAt, now - QUIET_MS)))
    .orderBy(asc(batches.updatedAt))
    .limit(MAX_WOKEN);
  await Promise.all(quiet.map(({ id }) => wake(env, id)));
  return quiet.length;
}

async function wake(env: Env, batchId: string): Promise<void> {
  try {
    await batchTracker(env, batchId).start(batchId);
    log("warn", "batch.woken", { batch_id: batchId });
  } catch (thrown) {
    log("error", "batch.not_woken", { batch_id: batchId, error: messageOf(thrown) });
  }
}
