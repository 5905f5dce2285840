/** Repeats calls that fail. */
import { TimeLimitError, withinTime } from "./time-limit.ts";

const FIRST_WAIT_MS = 100;

export interface CallLimits {
  /** Time limit of each attempt, in ms. */
  limitMs: number;
  /** Total number of attempts. 1 for a call that is not safe to repeat. */
  attempts: number;
}

export interface CallRules extends CallLimits {
  /** Names the call in the error if it takes too long. */
  what: string;
  /** Whether an attempt that reaches its time limit is repeated, like one that fails. */
  repeatsTimeouts: boolean;
}

/**
 * Makes a call with a time limit, and repeats it if it fails. The wait between attempts doubles each time. It varies by
 * half either way, so that many callers do not repeat their calls at the same moment.
 *
 * @throws what the last attempt threw: TimeLimitError if it took too long
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
