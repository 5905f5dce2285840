/** The schedule of a webhook's attempts. */

/** Attempts in total. */
export const MAX_ATTEMPTS = 5;

/** Minutes from each attempt to the next. */
const PAUSES_MIN = [2, 4, 7, 15];

/** Each pause varies by this fraction of itself either way, so that many deliveries do not coincide. */
const JITTER = 0.1;

/** The longest time from one attempt to the next. */
export const LONGEST_PAUSE_MS = Math.max(...PAUSES_MIN) * 60_000 * (1 + JITTER);

/**
 * When to make the next attempt after number `attempt` (from 1) has failed, epoch ms. Null after the last.
 *
 * @param random from 0 to 1
 */
export function nextAttemptAt(attempt: number, failedAt: number, random = Math.random()): number | null {
  const pause = PAUSES_MIN[attempt - 1];
  if (pause === undefined) return null;
  return Math.round(failedAt + pause * 60_000 * (1 - JITTER + 2 * JITTER * random));
}
