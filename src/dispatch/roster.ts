/**
 * Which batches have pages to render, as their trackers and the consumers tell the pool.
 *
 * It lives in memory only. What it forgets is announced again (batch/announcer.ts).
 */
import type { Announcement, BatchNews, BatchWork } from "../protocol/work.ts";

/** A batch that nothing was heard of for this many ms is forgotten: longer than AGAIN_MS in browsers/pool.ts. */
const FORGET_MS = 90_000;
/** The most batches that a consumer takes turns between. */
const MAX_TURNS = 20;

interface Entry extends Announcement {
  heardAt: number;
  /** Grows each time the batch is named to a consumer. */
  turn: number;
}

export class Roster {
  readonly #entries = new Map<string, Entry>();
  #turns = 0;

  announced(announcement: Announcement, now: number): void {
    const turn = this.#entries.get(announcement.batchId)?.turn ?? 0;
    this.#entries.set(announcement.batchId, { ...announcement, heardAt: now, turn });
  }

  /** Takes what a consumer has learned. Batches that were not announced are ignored. */
  learned(news: BatchNews[], now: number): void {
    for (const { batchId, waiting, rendering } of news) {
      const entry = this.#entries.get(batchId);
      if (!entry) continue;
      if (waiting + rendering === 0) this.#entries.delete(batchId);
      else Object.assign(entry, { waiting, rendering, heardAt: now });
    }
  }

  forgetQuiet(now: number): void {
    for (const [id, { heardAt }] of this.#entries) if (now - heardAt > FORGET_MS) this.#entries.delete(id);
  }

  /** Where pages wait. */
  countries(): Set<string | null> {
    const waiting = this.#entries.values().filter((entry) => entry.waiting > 0);
    return new Set(waiting.map(({ country }) => country));
  }

  /**
   * How many browsers the pages of a country are worth: one for each browserful that is being rendered, and one for
   * every two that wait, since a browser takes as long to start as a page to render.
   */
  browsersWanted(country: string | null, tabs: number): number {
    let browsers = 0;
    for (const entry of this.#entries.values()) {
      if (entry.country === country) browsers += entry.rendering / tabs + entry.waiting / (2 * tabs);
    }
    return Math.ceil(browsers);
  }

  hasWaiting(country: string | null): boolean {
    return this.#entries.values().some((entry) => entry.country === country && entry.waiting > 0);
  }

  /**
   * The batches of a country with pages for a consumer: one of each account, then a second one of each, and so on. Those
   * named least lately come first.
   */
  turns(country: string | null): BatchWork[] {
    const entries = this.#entries.values().filter((entry) => entry.country === country && entry.waiting > 0);
    const inTurn = entries.toArray().sort((one, other) => one.turn - other.turn);
    const accounts = Array.from(Map.groupBy(inTurn, ({ accountId }) => accountId).values());
    const named: Entry[] = [];
    for (let round = 0; named.length < MAX_TURNS; round += 1) {
      const next = accounts.map((batches) => batches[round]).filter((entry) => entry !== undefined);
      if (next.length === 0) break;
      named.push(...next.slice(0, MAX_TURNS - named.length));
    }
    for (const entry of named) {
      this.#turns += 1;
      entry.turn = this.#turns;
    }
    return named.map(({ batchId, accountId }) => ({ batchId, accountId }));
  }

  /** For `GET /health`. */
  totals(): { batches: number; waiting: number } {
    let waiting = 0;
    for (const entry of this.#entries.values()) waiting += entry.waiting;
    return { batches: this.#entries.size, waiting };
  }
}
