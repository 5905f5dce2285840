/** Repeating calls that may fail for a moment. */
import { TimeLimitError, withinTime } from "./time-limit.ts";

const FIRST_WAIT_MS = 100;

export interface CallRules {
  /** Names the call in the error of one that takes too long. */
  what: string;
  /** Time limit of each attempt, in ms. */
  limitMs: number;
  /** Attempts in all: 1 for a call that is not safe to repeat. */
  attempts: number;
  /** Whether an attempt that ran into its time limit is repeated, too. Otherwise only one that failed is. */
  repeatsTimeouts: boolean;
}

/**
 * Makes a call within the time limit, and repeats it if it fails. The wait between attempts doubles each time and varies
 * by half either way, so that many callers do not come back at once.
 *
 * @throws what the last attempt threw; TimeLimitError if it took too long
 */
export async function boundedCall<T>(
  { what, limitMs, attempts, repeatsTimeouts }: CallRules,
  call: () => Promise<T>,
): Promise<T> {
  for (let made = 1; ; made += 1) {
    try {
      return await withinTime(limitMs, what, call());
    } catch (thrown) {
      if (made >= attempts || (thrown instanceof TimeLimitError && !repeatsTimeouts)) throw thrown;
      const wait = FIRST_WAIT_MS * 2 ** (made - 1) * (0.5 + Math.random());
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

/** `boundedCall` for a call that is safe to repeat, even if an earlier attempt may still have its effect. */
export function insist<T>(limitMs: number, what: string, call: () => Promise<T>, attempts = 3): Promise<T> {
  return boundedCall({ what, limitMs, attempts, repeatsTimeouts: true }, call);
}
