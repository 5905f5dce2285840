/** Removes page content that is past its time. */

import { batchPrefix } from "../content/parts.ts";
import { database } from "../db/client.ts";
import { type ExpiredBatch, listExpiredBatches, noteContentRemoved } from "../db/expiry.ts";
import { type Env, settings } from "../settings.ts";
import { log, messageOf } from "../text/log.ts";

/**
 * Calls to R2 in one run, at most. A Worker can make 10,000 to all services on the paid plan
 * (developers.cloudflare.com/workers/platform/limits, "Subrequests"); D1 gets less than 1,000 of them: see rows.ts.
 */
const MAX_CALLS = 8000;
/** A Worker has six connections at once (the same page). */
const BATCHES_AT_ONCE = 6;
/** R2 lists and deletes 1,000 objects a call (developers.cloudflare.com/r2/api/workers/workers-api-reference). */
const OBJECTS_PER_CALL = 1000;
/** D1 takes 100 parameters a statement, one of them being the time. Two statements a read, so 160 in one run at most. */
const BATCHES_PER_READ = 99;
/** R2 is not asked for more batches when so many have failed in one run. */
const MAX_FAILURES = 20;

export interface ContentRemoval {
  /** Batches that have no content left. */
  batches: number;
  objects: number;
  /** Batches whose content could not be removed: the next run tries again. */
  failed: number;
  /** The run used up its calls or its time, or R2 failed too often. The next run goes on. */
  isCutShort: boolean;
}

/**
 * Removes the content of batches that completed CONTENT_RETENTION_MS ago or longer, and notes so in a batch's row once it
 * has none left. What a run does not get to, the next one does; two at the same time do no harm.
 *
 * @param endsAt no call begins after this; epoch ms
 * @throws what D1 throws
 */
export async function removeExpiredContent(
  env: Env,
  now: number,
  endsAt: number,
  maxCalls = MAX_CALLS,
): Promise<ContentRemoval> {
  const before = now - settings(env).CONTENT_RETENTION_MS;
  const db = database(env.DB);
  const calls = new Allowance(maxCalls, endsAt);
  const done: ContentRemoval = { batches: 0, objects: 0, failed: 0, isCutShort: false };

  let expired: ExpiredBatch[] = [];
  do {
    expired = await listExpiredBatches(db, before, expired.at(-1), BATCHES_PER_READ);
    const emptied: string[] = [];
    // All take from one iterator, each the next batch that nobody has taken.
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

/** Deletes all that lies below a batch's prefix, late renderings included. @throws what R2 throws */
async function removeContent(env: Env, { accountId, id }: ExpiredBatch, calls: Allowance) {
  const prefix = batchPrefix(accountId, id);
  let objects = 0;
  while (calls.take()) {
    // What was deleted is listed no more, so that each list begins at the front.
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

/** So many calls, and none after some time. */
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

  /** Whether another call may be made, which is then counted. */
  take(): boolean {
    if (this.isUsedUp) return false;
    this.#left -= 1;
    return true;
  }
}
