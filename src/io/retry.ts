/** Trying again what may fail for a moment. */
import { withinTime } from "./time-limit.ts";

const FIRST_WAIT_MS = 100;

/**
 * Makes a call that may fail for a moment up to `attempts` times, within `limitMs` each, after a wait that doubles each
 * time and varies by a half either way, so that many callers do not come back at once. It must be safe to repeat.
 *
 * @param what names the call, in the error of one that takes too long
 * @throws what the last attempt threw
 */
export async function insist<T>(
  limitMs: number,
  what: string,
  call: () => Promise<T>,
  attempts = 3,
): Promise<T> {
  for (let made = 1; ; made += 1) {
    try {
      return await withinTime(limitMs, what, call());
    } catch (thrown) {
      if (made >= attempts) throw thrown;
      const wait = FIRST_WAIT_MS * 2 ** (made - 1) * (0.5 + Math.random());
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}
