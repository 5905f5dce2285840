/** When a webhook's attempts are made. */

/** Attempts in all. */
export const MAX_ATTEMPTS = 5;

/** Minutes between an attempt and the next: the second comes about 2 minutes after the first, and so on. */
const PAUSES_MIN = [2, 4, 7, 15];

/** Each pause varies by so much of itself either way, so that many deliveries do not come all at once. */
const JITTER = 0.1;

/** From an attempt to the next, at most. */
export const LONGEST_PAUSE_MS = Math.max(...PAUSES_MIN) * 60_000 * (1 + JITTER);

/**
 * When to make the attempt after attempt `attempt` (from 1), which failed at `failedAt` (epoch ms); null after the last.
 *
 * @param random from 0 to 1
 */
export function nextAttemptAt(attempt: number, failedAt: number, random = Math.random()): number | null {
  const pause = PAUSES_MIN[attempt - 1];
  if (pause === undefined) return null;
  return Math.round(failedAt + pause * 60_000 * (1 - JITTER + 2 * JITTER * random));
}
