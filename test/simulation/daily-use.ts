/** What is used on each UTC day: the free plan's limits are by day. */
import type { World } from "./world.ts";

export interface DayUse {
  /** UTC, such as 2026-11-02. */
  day: string;
  pages: number;
  browserMinutes: number;
  queueOperations: number;
  d1RowsWritten: number;
  objectRowsWritten: number;
}

type Sums = Omit<DayUse, "day">;

export class DailyUse {
  readonly #world: World;
  readonly #days: DayUse[] = [];
  /** All use before today. */
  #before: Sums;
  #today: string;

  constructor(world: World) {
    this.#world = world;
    this.#before = this.#sums();
    this.#today = this.#day();
  }

  /** To be called once a second. */
  secondPassed(): void {
    const day = this.#day();
    if (day === this.#today) return;
    this.#days.push(this.#useToday());
    this.#before = this.#sums();
    this.#today = day;
  }

  /** All days so far. */
  get days(): DayUse[] {
    return [...this.#days, this.#useToday()];
  }

  #useToday(): DayUse {
    const now = this.#sums();
    const used = (of: keyof Sums) => Number((now[of] - this.#before[of]).toFixed(2));
    return {
      day: this.#today,
      pages: used("pages"),
      browserMinutes: used("browserMinutes"),
      queueOperations: used("queueOperations"),
      d1RowsWritten: used("d1RowsWritten"),
      objectRowsWritten: used("objectRowsWritten"),
    };
  }

  #sums(): Sums {
    const { pages, browserRun, platform } = this.#world;
    const { meter } = platform;
    return {
      pages: pages.captured,
      browserMinutes: browserRun.usedMs / 60_000,
      queueOperations: meter.queueOperations,
      d1RowsWritten: meter.d1RowsWritten,
      objectRowsWritten: meter.objectRowsWritten,
    };
  }

  #day(): string {
    return new Date(this.#world.platform.clock.now).toISOString().slice(0, 10);
  }
}
