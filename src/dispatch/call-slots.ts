/**
 * When consumers call the pool: each in a slot of its own, so that calls do not come all at once, and come less often the
 * more consumers there are.
 */

/** The time between two slots, in ms: 7 calls a second. */
const SPACING_MS = 140;
/**
 * No consumer calls later than this after its last call, in ms. With the pause after a call that failed (RETRY_MS in
 * consumer/consumer-run.ts), that is less than FORGET_MS in consumers.ts.
 */
const MAX_WAIT_MS = 15_000;

export class CallSlots {
  /** Of the last slot given, epoch ms. */
  #last = 0;

  /** How long until the caller's next slot, in ms. @param minMs the least that it should wait */
  next(minMs: number, now: number): number {
    const at = Math.min(Math.max(now + minMs, this.#last + SPACING_MS), now + MAX_WAIT_MS);
    this.#last = at;
    return at - now;
  }
}
