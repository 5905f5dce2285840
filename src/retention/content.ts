/** Removes expired page content from R2. */
import { batchPrefix } from "../content/stored-parts.ts";
import { database } from "../db/client.ts";
import { type ExpiredBatch, listExpiredBatches, noteContentRemoved } from "../db/expiry.ts";
import { type Env, settings } from "../settings.ts";
import { log, messageOf } from "../text/log.ts";

/**
 * How many calls a run makes to R2. On the paid plan, an invocation can make 10,000 calls to all services
 * (developers.cloudflare.com/workers/platform/limits, "Subrequests"). Fewer than 1,000 of them go to D1: see rows.ts.
 */
const MAX_CALLS = 8000;
/** An invocation can have six connections open at the same time (same page). */
const BATCHES_AT_ONCE = 6;
/** R2 lists and deletes up to 1,000 objects per call (developers.cloudflare.com/r2/api/workers/workers-api-reference). */
const OBJECTS_PER_CALL = 1000;
/**
 * D1 accepts 100 parameters per statement, and one of them is the time. Each read comes with one write, so a run makes at
 * most 160 statements.
 */
const BATCHES_PER_READ = 99;
/** A run ends once this many batches have failed: R2 seems to be down. */
const MAX_FAILURES = 20;

export interface ContentRemoval {
  /** Batches whose content was removed. */
  batches: number;
  objects: number;
  /** Batches whose content could not be removed. The next run tries again. */
  failed: number;
  /** The run ran out of calls or time, or R2 failed too often. The next run continues. */
  isCutShort: boolean;
}

/**
 * Removes the content of batches that completed at least CONTENT_RETENTION_MS ago, and records so in the batch's row
 * once none is left. Batches cancelled before any of their pages had succeeded go after CANCELLED_RETENTION_MS: renderings
 * that were too late for their batch may have left something. The next run removes what this one did not get to. Two runs
 * at the same time do no harm.
 *
 * @param endsAt makes no new calls after this; epoch ms
 * @throws what D1 throws
 */
export async function removeExpiredContent(
  env: Env,
  now: number,
  endsAt: number,
  maxCalls = MAX_CALLS,
): Promise<ContentRemoval> {
  const { CONTENT_RETENTION_MS, CANCELLED_RETENTION_MS } = settings(env);
  const by = { completed: now - CONTENT_RETENTION_MS, neverBegun: now - CANCELLED_RETENTION_MS };
  const db = database(env.DB);
  const calls = new Allowance(maxCalls, endsAt);
  const done: ContentRemoval = { batches: 0, objects: 0, failed: 0, isCutShort: false };

  let expired: ExpiredBatch[] = [];
  do {
    expired = await listExpiredBatches(db, by, expired.at(-1), BATCHES_PER_READ);
    const emptied: string[] = [];
    // The loops share one iterator, so that each batch is taken by one of them.
    const waiting = expired.values();
    const removeNext = async () => {
      for (const batch of waiting) {
        done.isCutShort ||= calls.isUsedUp || done.failed >= MAX_FAILURES;
        if (done.isCutShort) return;
        try {
          const { objects, isEmpty } = await removeContent(env, batch, calls);
          done.objects += objects;
          if (isEmpty) emptied.push(batch.id);
          else done.isCutShort = true;
        } catch (thrown) {
          done.failed += 1;
          const ids = { batch_id: batch.id, account_id: batch.accountId };
          log("error", "content.not_removed", { ...ids, error: messageOf(thrown) });
        }
      }
    };
    await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, removeNext));
    await noteContentRemoved(db, emptied, now);
    done.batches += emptied.length;
  } while (expired.length === BATCHES_PER_READ && !done.isCutShort);
  return done;
}

/** Deletes all objects under a batch's prefix, those of late renderings included. @throws what R2 throws */
async function removeContent(env: Env, { accountId, id }: ExpiredBatch, calls: Allowance) {
  const prefix = batchPrefix(accountId, id);
  let objects = 0;
  while (calls.take()) {
    // No cursor: deleted objects are no longer listed.
    const listed = await env.CONTENT.list({ prefix, limit: OBJECTS_PER_CALL });
    const keys = listed.objects.map(({ key }) => key);
    if (keys.length > 0) {
      if (!calls.take()) break;
      await env.CONTENT.delete(keys);
    }
    objects += keys.length;
    if (!listed.truncated) return { objects, isEmpty: true };
  }
  return { objects, isEmpty: false };
}

/** How many calls may still be made, and until when. */
class Allowance {
  #left: number;
  readonly #endsAt: number;

  constructor(calls: number, endsAt: number) {
    this.#left = calls;
    this.#endsAt = endsAt;
  }

  get isUsedUp(): boolean {
    return this.#left <= 0 || Date.now() >= this.#endsAt;
  }

  /** Counts a call. Returns false if it may not be made. */
  take(): boolean {
    if (this.isUsedUp) return false;
    this.#left -= 1;
    return true;
  }
}
