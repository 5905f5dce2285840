/**
 * Decides how many pages a consumer gets.
 *
 * Consumers keep a few pages in stock, so that no tab waits for the tracker. When few are left, a stock in one consumer
 * is missing in another. So the stock handed out is at most a consumer's share of what is left, as in guided self-scheduling
 * (Polychronopoulos and Kuck, 1987).
 */
import type { Exchange } from "../protocol/tracker-calls.ts";

/** A consumer counts as rendering the batch for this many ms after it has asked for pages. */
const ACTIVE_MS = 10_000;

/** For each so many consumers, the stock is one page larger even at the end. Otherwise all would call for each page. */
const CROWD = 30;

export class Handout {
  /** When each consumer asked last, epoch ms. */
  readonly #askedAt = new Map<string, number>();

  /** The most pages to hand out for this call, if so many are ready. */
  limit({ consumer, needed, ahead }: Exchange, ready: number, now: number): number {
    this.#askedAt.set(consumer, now);
    for (const [other, at] of this.#askedAt) if (now - at > ACTIVE_MS) this.#askedAt.delete(other);
    const consumers = this.#askedAt.size;
    const share = Math.floor((ready - needed) / consumers);
    return needed + Math.max(0, Math.min(ahead, Math.max(share, Math.floor(consumers / CROWD))));
  }
}
