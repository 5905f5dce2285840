/**
 * The hourly clean-up: removes what has expired. Trackers and the browser pool clean up after themselves, with alarms of
 * their own.
 */
import { database } from "../db/client.ts";
import { freeAbandonedHolds } from "../db/credit-holds.ts";
import { removeKeysBefore } from "../db/idempotency.ts";
import { repeatable } from "../io/d1.ts";
import { type Env, settings } from "../settings.ts";
import { log, messageOf } from "../text/log.ts";
import { removeExpiredContent } from "./content.ts";
import { removeExpiredRows } from "./rows.ts";

/**
 * A part makes no new calls after this long, so that all of them together end within the 15 minutes that a cron run may take
 * (developers.cloudflare.com/workers/platform/limits, "Duration").
 */
const MAX_PART_MS = 4 * 60_000;

/** Testing a parser on a page takes at most a few minutes. A hold on its credits that is older was abandoned. */
const CREDIT_HOLD_MAX_AGE_MS = 60 * 60_000;

/** How many keys one statement removes at most. */
const KEYS_PER_CALL = 1000;
/** How many such statements a run makes at most. */
const MAX_KEY_CALLS = 50;

/** Runs each part, even if another fails. The next run removes what this one did not get to. Does not throw. */
export async function cleanUp(env: Env, now: number): Promise<void> {
  await part("idempotency_keys", async (endsAt) => ({ removed: await removeExpiredKeys(env, now, endsAt) }));
  await part("credit_holds", async () => ({
    removed: await freeAbandonedHolds(repeatable(env.DB), now - CREDIT_HOLD_MAX_AGE_MS),
  }));
  await part("content", async (endsAt) => {
    const { isCutShort, ...removed } = await removeExpiredContent(env, now, endsAt);
    return { ...removed, cut_short: isCutShort };
  });
  await part("rows", async (endsAt) => {
    const { isCutShort, ...removed } = await removeExpiredRows(env, now, endsAt);
    return { ...removed, cut_short: isCutShort };
  });
}

async function part(
  name: string,
  run: (endsAt: number) => Promise<Record<string, number | boolean>>,
): Promise<void> {
  const startedAt = Date.now();
  try {
    const done = await run(startedAt + MAX_PART_MS);
    log("info", "clean_up.done", { part: name, ...done, ms: Date.now() - startedAt });
  } catch (thrown) {
    log("error", "clean_up.failed", { part: name, error: messageOf(thrown), ms: Date.now() - startedAt });
  }
}

async function removeExpiredKeys(env: Env, now: number, endsAt: number): Promise<number> {
  const before = now - settings(env).IDEMPOTENCY_TTL_MS;
  let removed = 0;
  for (let calls = 0; calls < MAX_KEY_CALLS && Date.now() < endsAt; calls += 1) {
    const count = await removeKeysBefore(database(env.DB), before, KEYS_PER_CALL);
    removed += count;
    if (count < KEYS_PER_CALL) break;
  }
  return removed;
}
