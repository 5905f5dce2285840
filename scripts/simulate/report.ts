/** The result of a simulation, as text. */
import type { DayUse } from "../../test/simulation/daily-use.ts";
import type { Moment } from "../../test/simulation/timeline.ts";
import type { BatchTotals, Totals } from "../../test/simulation/totals.ts";

/** More batches than this are summed up. */
const MAX_BATCHES = 10;
const TIMELINE_ROWS = 12;

export function report(totals: Totals, timeline: readonly Moment[]): string {
  const parts = [timelineOf(timeline), totalsOf(totals), costsOf(totals)];
  if (totals.days.length > 1) parts.push(daysOf(totals.days));
  if (totals.batches.length > 1) parts.push(batchesOf(totals.batches));
  return parts.join("\n\n");
}

function timelineOf(timeline: readonly Moment[]): string {
  const step = Math.max(1, Math.ceil(timeline.length / TIMELINE_ROWS));
  const rows = timeline
    .filter((_, n) => n % step === step - 1 || n === timeline.length - 1)
    .map(({ at, pagesPerSecond, browsers, busyTabs, consumers, waiting }) =>
      [at, pagesPerSecond.toFixed(1), browsers, busyTabs, consumers, waiting].map(String),
    );
  return table([["second", "pages/s", "browsers", "busy tabs", "consumers", "tickets"], ...rows]);
}

function totalsOf(totals: Totals): string {
  const { browsers, consumers, rowsWritten, rowsRead, calls } = totals;
  const refused = Object.entries(browsers.refused).map(([reason, count]) => `${count} times ${reason}`);
  const noted = Object.entries(totals.log).map(([event, count]) => `${event} ${count}`);
  return table(
    [
      ["time", totals.seconds === null ? "not completed" : `${totals.seconds} s (bound: ${totals.bound} s)`],
      ["pages", `${totals.completed} completed, ${totals.failed} failed, ${totals.rendered} rendered`],
      ["tickets", `${totals.tickets} (${totals.ticketsPerPage} a page)`],
      ["consumers", `${consumers.started} started, ${consumers.max} at once, ${consumers.killed} killed`],
      [
        "browsers",
        `${browsers.launched} launched, ${browsers.max} at once, ${browsers.hours.toFixed(2)} hours`,
      ],
      ["", `${percent(browsers.idle)} of it idle, tabs used ${percent(browsers.tabUse)}`],
      ...(refused.length > 0 ? [["launches refused", refused.join(", ")]] : []),
      ...Object.entries(calls).map(([name, { total, maxPerSecond, p99PerSecond, maxWaitMs }]) => [
        `calls to ${name}`,
        `${total}; to one object at most ${maxPerSecond} a second (99 %: ${p99PerSecond}), waiting up to ${maxWaitMs} ms`,
      ]),
      [
        "rows written",
        `${rowsWritten.perPage} a page (D1 ${rowsWritten.d1}, objects ${rowsWritten.objects})`,
      ],
      ["rows read", `D1 ${rowsRead.d1}, objects ${rowsRead.objects} (estimates)`],
      ...(noted.length > 0 ? [["warnings", noted.join(", ")]] : []),
    ],
    "left",
  );
}

function costsOf({ costs, usd, usdPerMonthForPeak }: Totals): string {
  const rows = Object.entries(costs).map(([part, cost]) => [part, `$${cost.toFixed(4)}`]);
  const peak = usdPerMonthForPeak > 0 ? [["peak, a month", `$${usdPerMonthForPeak.toFixed(2)}`]] : [];
  return table([...rows, ["in all", `$${usd.toFixed(4)}`], ...peak]);
}

function daysOf(days: readonly DayUse[]): string {
  const rows = days.map(({ day, ...use }) => [day, ...Object.values(use).map(String)]);
  const title = ["day (UTC)", "pages", "browser minutes", "queue operations", "D1 rows", "object rows"];
  return table([title, ...rows]);
}

function batchesOf(batches: readonly BatchTotals[]): string {
  const rows = batches
    .slice(0, MAX_BATCHES)
    .map(({ account, pages, startedAt, seconds }) => [account, pages, startedAt, seconds ?? "–"].map(String));
  const more = batches.length - MAX_BATCHES;
  const rest = more > 0 ? `\n… and ${more} more; --json prints all` : "";
  return table([["account", "pages", "sent at", "seconds"], ...rows]) + rest;
}

/** All columns but the first are aligned to the right unless told otherwise. */
function table(rows: string[][], align: "left" | "right" = "right"): string {
  const widths = rows.reduce<number[]>(
    (most, row) => row.map((cell, n) => Math.max(most[n] ?? 0, cell.length)),
    [],
  );
  return rows
    .map((row) =>
      row
        .map((cell, n) =>
          n === 0 || align === "left" ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
