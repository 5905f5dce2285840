/** What `npm run probe` makes of its measurements. */
import { expect, test } from "vitest";
import type { Measured } from "../../../../scripts/probe/measure.ts";
import { reportLines } from "../../../../scripts/probe/report.ts";
import { suggest } from "../../../../scripts/probe/suggest.ts";

const settings = {
  TABS_PER_LEASE: 8,
  MAX_BROWSERS: 10,
  BROWSERS_PER_CONSUMER: 3,
  IO_TIMEOUT_MS: 15_000,
  BROWSER_WAIT_MS: 15_000,
};

const rate = (tabs: number, perSecond: number, failed = 0) => ({
  tabs,
  pages: 8,
  failed,
  perSecond,
  error: failed > 0 ? "navigation_timeout" : null,
});

function found(change: Partial<Measured> = {}): Measured {
  return {
    at: "2026-11-25T12:00:00.000Z",
    url: "https://trawl.example.com",
    chrome: "Chrome/153",
    launchMs: 2500,
    leaseMs: 2900,
    roundTripMs: { median: 12, slowest: 30 },
    disposeMs: 40,
    rates: [rate(1, 1), rate(4, 3), rate(8, 5)],
    location: { asked: "JP", granted: true, seen: "JP" },
    consumers: { seconds: 120, most: 10, reached: [{ consumers: 10, after_ms: 45_000 }], tickets: 300 },
    settings,
    failures: [],
    ...change,
  };
}

test("nothing is suggested when the settings suit what was measured", () => {
  expect(suggest(found())).toEqual([]);
  expect(reportLines(found()).at(-1)).toBe("The settings in force suit these figures.");
});

test("fewer tabs are suggested if more are hardly faster, or fail", () => {
  const byRate = suggest(found({ rates: [rate(1, 1), rate(4, 3), rate(8, 3.1)] }));
  expect(byRate).toMatchObject([{ name: "TABS_PER_LEASE", value: 4 }]);
  const byFailure = suggest(found({ rates: [rate(1, 1), rate(4, 3), rate(8, 5, 2)] }));
  expect(byFailure).toMatchObject([{ name: "TABS_PER_LEASE", value: 4 }]);
});

test("slow launches are given time, and few consumers more browsers", () => {
  const names = suggest(
    found({ launchMs: 9000, consumers: { seconds: 120, most: 1, reached: [], tickets: 40 } }),
  ).map(({ name, value }) => [name, value]);
  expect(names).toEqual([
    ["IO_TIMEOUT_MS", 27_000],
    ["BROWSER_WAIT_MS", 27_000],
    ["BROWSERS_PER_CONSUMER", 4],
  ]);
});

test("the report says what was refused, what did not answer and what could not be measured", () => {
  const text = reportLines(
    found({
      launchMs: null,
      disposeMs: null,
      location: { asked: "JP", granted: false, seen: "US" },
      failures: [{ measure: "12 pages in 8 tabs", reason: "500 Something went wrong" }],
    }),
  ).join("\n");
  expect(text).toMatch(/Launch +a browser was running: 2900 ms to get it/);
  expect(text).toMatch(/Disposing of a context +no answer within 5 s/);
  expect(text).toMatch(/Location +refused/);
  expect(text).toMatch(/Not measured +12 pages in 8 tabs: 500 Something went wrong/);
});
