/**
 * Decides when a batch's tracker announces to the browser pool that pages wait.
 *
 * Consumers that render the batch ask for pages by themselves. So there is something to announce only if none has asked
 * for a while, or if pages have become ready since one was told that there were no more. The pool says when to announce
 * again, since it knows when there may be a browser, and may forget.
 *
 * It lives in memory only: a tracker that restarts announces once more, which changes nothing.
 */

/** Consumers ask at least this often, in ms, while they render pages of the batch: see consumer/page-feed.ts. */
const SERVED_FOR_MS = 4000;
/** At most this often, in ms, as pages become ready one by one. */
const MIN_INTERVAL_MS = 250;

export class Announcer {
  #servedAt = Number.NEGATIVE_INFINITY;
  #wereMoreWanted = true;
  #announcedAt = Number.NEGATIVE_INFINITY;
  /** What the pool has said, until a consumer asks again. Epoch ms. */
  #notBefore = Number.NEGATIVE_INFINITY;

  /** Notes that a consumer has asked for pages, and whether it would have taken more than it got. */
  served(now: number, { wereMoreWanted }: { wereMoreWanted: boolean }): void {
    this.#servedAt = now;
    this.#wereMoreWanted = wereMoreWanted;
    this.#notBefore = Number.NEGATIVE_INFINITY;
  }

  announced(now: number, againInMs: number): void {
    this.#announcedAt = now;
    this.#notBefore = now + againInMs;
    this.#wereMoreWanted = false;
  }

  /** If the pool has said that there will be no browser for a while: until when, epoch ms. In the past if not. */
  get restsUntil(): number {
    return this.#notBefore;
  }

  /** When to announce pages that are ready now, epoch ms. */
  get dueAt(): number {
    const served = this.#wereMoreWanted ? Number.NEGATIVE_INFINITY : this.#servedAt + SERVED_FOR_MS;
    return Math.max(this.#notBefore, served, this.#announcedAt + MIN_INTERVAL_MS);
  }
}
