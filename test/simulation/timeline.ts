/** What happens in the course of a simulation. */
import type { World } from "./world.ts";

export interface Moment {
  /** Seconds from the start. */
  at: number;
  /** Since the moment before. */
  pagesPerSecond: number;
  browsers: number;
  busyTabs: number;
  consumers: number;
  /** Tickets that wait in the queue. */
  waiting: number;
}

/** Seconds between two moments of a long simulation grow, so that there are never more than twice as many. */
const MOMENTS = 60;

export class Timeline {
  readonly #world: World;
  readonly #startedAt: number;
  #moments: Moment[] = [];
  #every = 1;
  #captured = 0;
  #seconds = 0;

  constructor(world: World) {
    this.#world = world;
    this.#startedAt = world.platform.clock.now;
  }

  get moments(): Moment[] {
    return this.#moments;
  }

  /** To be called once a second. */
  secondPassed(): void {
    this.#seconds += 1;
    if (this.#seconds % this.#every !== 0) return;
    const { platform, pages, browserRun, consumers, queues, config } = this.#world;
    const queue = queues.get(config.producers[0]?.queue ?? "");
    this.#moments.push({
      at: Math.round((platform.clock.now - this.#startedAt) / 1000),
      pagesPerSecond: (pages.captured - this.#captured) / this.#every,
      browsers: browserRun.running,
      busyTabs: browserRun.busyTabs,
      consumers: consumers[0]?.running ?? 0,
      waiting: queue?.waiting ?? 0,
    });
    this.#captured = pages.captured;
    if (this.#moments.length >= 2 * MOMENTS) this.#halve();
  }

  #halve(): void {
    this.#every *= 2;
    this.#moments = this.#moments.flatMap((moment, n) => {
      const before = this.#moments[n - 1];
      if (n % 2 === 0 || !before) return [];
      return [{ ...moment, pagesPerSecond: (before.pagesPerSecond + moment.pagesPerSecond) / 2 }];
    });
  }
}
