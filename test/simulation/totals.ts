/** What a simulation came to. */
import type { DayUse } from "./daily-use.ts";
import type { ObjectCalls } from "./meter.ts";
import type { SimulationOptions } from "./options.ts";
import { costs, peakCosts } from "./prices.ts";
import type { World } from "./world.ts";

export interface BatchTotals {
  account: string;
  pages: number;
  /** Seconds from the simulation's start until it was sent. */
  startedAt: number;
  /** Seconds from when it was sent until it was completed; null if it has not been. */
  seconds: number | null;
  completed: number;
  failed: number;
}

export interface Totals {
  autoscaler: string;
  seed: number;
  pages: number;
  completed: number;
  failed: number;
  /** Renderings that were captured, repeats included. */
  rendered: number;
  /** Seconds from the first batch's request until the last was completed; null if one has not been. */
  seconds: number | null;
  /** The least that all pages take in all tabs, launches and everything else aside, in seconds. */
  bound: number;
  /** Messages sent to the first queue. */
  tickets: number;
  ticketsPerPage: number;
  consumers: { max: number; started: number; killed: number };
  browsers: {
    max: number;
    launched: number;
    /** Launches refused, by status and reason. */
    refused: Record<string, number>;
    hours: number;
    /** Share of the browsers' time in which none of their tabs rendered a page. */
    idle: number;
    /** Share of the time of all tabs in which they rendered a page. */
    tabUse: number;
  };
  /** Calls to Durable Objects, by class. */
  calls: Record<string, ObjectCalls>;
  rowsWritten: { d1: number; objects: number; perPage: number };
  /** Estimates: rows returned, and all rows of tables that were read without an index. */
  rowsRead: { d1: number; objects: number };
  queueOperations: number;
  cpuMs: number;
  usd: number;
  /** By part. */
  costs: Record<string, number>;
  /** A month, if each day has this peak of browsers. */
  usdPerMonthForPeak: number;
  days: DayUse[];
  batches: BatchTotals[];
  /** Warnings and errors in the log, by event. */
  log: Record<string, number>;
}

export function totalsOf(
  world: World,
  options: SimulationOptions,
  { days, batches, log }: Pick<Totals, "days" | "batches" | "log">,
): Totals {
  const { platform, browserRun, config, consumers, pages } = world;
  const { meter } = platform;
  const total = sum(batches, (batch) => batch.pages);
  const browserMs = browserRun.usedMs;
  const hours = browserMs / 3600_000;
  const parts = costs(meter, hours);
  const ends = batches.map(({ startedAt, seconds }) => (seconds === null ? null : startedAt + seconds));
  const tickets = meter.messagesSent.get(config.producers[0]?.queue ?? "") ?? 0;
  const launchedBy = Math.min(options.browsers, world.browserRun.limit);
  return {
    autoscaler: options.autoscaler,
    seed: options.seed,
    pages: total,
    completed: sum(batches, ({ completed }) => completed),
    failed: sum(batches, ({ failed }) => failed),
    rendered: pages.captured,
    seconds: ends.includes(null)
      ? null
      : rounded(Math.max(...(ends as number[])) - Math.min(...batches.map(({ startedAt }) => startedAt)), 3),
    bound: rounded(Math.max(pages.totalMs / launchedBy / options.tabs, pages.longestMs) / 1000, 1),
    tickets,
    ticketsPerPage: rounded(tickets / total, 3),
    consumers: {
      max: consumers[0]?.max ?? 0,
      started: consumers[0]?.started ?? 0,
      killed: meter.consumersKilled,
    },
    browsers: {
      max: browserRun.max,
      launched: browserRun.sessions.length,
      refused: browserRun.refused,
      hours: rounded(hours, 4),
      idle: rounded(1 - sum(browserRun.sessions, ({ busyMs }) => busyMs) / browserMs, 4),
      tabUse: rounded(sum(browserRun.sessions, ({ tabMs }) => tabMs) / browserMs / options.tabs, 4),
    },
    calls: meter.objectCalls(),
    rowsWritten: {
      d1: meter.d1RowsWritten,
      objects: meter.objectRowsWritten,
      perPage: rounded((meter.d1RowsWritten + meter.objectRowsWritten) / total, 2),
    },
    rowsRead: { d1: meter.d1RowsRead, objects: meter.objectRowsRead },
    queueOperations: meter.queueOperations,
    cpuMs: Math.round(meter.cpuMs),
    usd: rounded(
      sum(Object.values(parts), (usd) => usd),
      4,
    ),
    costs: Object.fromEntries(Object.entries(parts).map(([part, usd]) => [part, rounded(usd, 5)])),
    usdPerMonthForPeak: peakCosts(browserRun.max),
    days,
    batches,
    log,
  };
}

function sum<T>(list: readonly T[], of: (element: T) => number): number {
  return list.reduce((total, element) => total + of(element), 0);
}

function rounded(value: number, digits: number): number {
  return Number.isFinite(value) ? Number(value.toFixed(digits)) : 0;
}
