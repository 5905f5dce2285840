/** When a browser may be launched, and how many there may be. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type BrowserLimits, LaunchRefusal, type RefusalReason } from "../../src/browsers/browser-run.ts";
import { LaunchLimits } from "../../src/browsers/launch-limits.ts";

const rules = { maxBrowsers: 10, interval: 0 };
const allowed: BrowserLimits = { browsers: 200, sessions: [], launches: 3, nextLaunchInMs: 0 };
const HOUR = 3600_000;

let asked = 0;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(0);
  asked = 0;
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Limits, once Browser Run has said what it allows. */
async function limitsOf(answer: Partial<BrowserLimits> = {}, changed = {}): Promise<LaunchLimits> {
  const limits = new LaunchLimits({ ...rules, ...changed }, async () => {
    asked += 1;
    return { ...allowed, ...answer };
  });
  await limits.refresh(0);
  return limits;
}

function refusal(reason: RefusalReason, retryAfterMs?: number): LaunchRefusal {
  return new LaunchRefusal("Refused", reason, retryAfterMs);
}

describe("how many browsers there may be", () => {
  it.each<[what: string, answer: Partial<BrowserLimits>, own: string[], max: number]>([
    ["MAX_BROWSERS if Browser Run allows more", { browsers: 200 }, [], 10],
    ["what Browser Run allows if that is less", { browsers: 3 }, ["a", "b"], 3],
    ["less those of other Workers", { browsers: 12, sessions: ["a", "x", "y", "z"] }, ["a"], 9],
    ["none if other Workers have them all", { browsers: 2, sessions: ["x", "y", "z"] }, [], 0],
  ])("is %s", async (_what, answer, own, max) => {
    expect((await limitsOf(answer)).maxBrowsers(own)).toBe(max);
  });

  it("is MAX_BROWSERS if Browser Run cannot say", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const limits = new LaunchLimits(rules, () => Promise.reject(new Error("Down.")));
    await limits.refresh(0);
    expect(limits.maxBrowsers([])).toBe(10);
  });
});

describe("launches", () => {
  it("may follow each other at once while Browser Run allows it, and then wait a second", async () => {
    const limits = await limitsOf({ launches: 3 });
    expect([1, 2, 3, 4].map(() => limits.take("", 0))).toEqual([true, true, true, false]);
    expect(limits.nextLaunchAt("")).toBe(1000);
    expect(limits.take("", 1000)).toBe(true);
  });

  it("wait if none is allowed now", async () => {
    const limits = await limitsOf({ launches: 0, nextLaunchInMs: 20_000 });
    expect(limits.take("", 0)).toBe(false);
    expect(limits.nextLaunchAt("")).toBe(20_000);
  });

  it("keep LAUNCH_INTERVAL_MS, and a second while it is not known what is allowed", async () => {
    const limits = await limitsOf({ launches: 100 }, { interval: 250 });
    expect([0, 249, 250].map((now) => limits.take("", now))).toEqual([true, false, true]);
    const unknown = new LaunchLimits(rules, async () => allowed);
    expect([0, 999, 1000].map((now) => unknown.take("", now))).toEqual([true, false, true]);
  });

  it("ask what is allowed every 10 s, when it is used up, and after a refusal, once for all that wait", async () => {
    const limits = await limitsOf({ launches: 2 });
    await limits.refresh(9999);
    expect(asked).toBe(1);
    await Promise.all([limits.refresh(10_000), limits.refresh(10_000), limits.refresh(10_000)]);
    expect(asked).toBe(2);
    vi.setSystemTime(10_000);
    limits.take("", 10_000);
    limits.take("", 10_000);
    await limits.refresh(10_000);
    expect(asked).toBe(3);
    limits.refused("", refusal("unavailable"), 10_000, 10_000);
    await limits.refresh(10_000);
    expect(asked).toBe(4);
  });
});

describe("after a refusal", () => {
  it.each<[reason: RefusalReason, here: boolean, elsewhere: boolean]>([
    ["rate", true, true],
    ["day", true, true],
    ["unavailable", true, false],
    ["location", false, false],
  ])("for the reason %s, launches wait here: %s, elsewhere: %s", async (reason, here, elsewhere) => {
    const limits = await limitsOf();
    limits.refused("DE", refusal(reason), 0, 0);
    expect([limits.nextLaunchAt("DE") > 0, limits.nextLaunchAt("FR") > 0]).toEqual([here, elsewhere]);
    expect(limits.heldBackUntil(0) !== null).toBe(here);
    expect(limits.isRefused("DE", 0)).toBe(reason === "location");
  });

  it("the wait doubles each time, from half a second to a minute, and varies by a quarter", async () => {
    const limits = await limitsOf();
    let wait = 500;
    for (let n = 0; n < 12; n += 1) {
      limits.refused("", refusal("rate"), 0, 0);
      const until = limits.nextLaunchAt("");
      expect(until).toBeGreaterThanOrEqual(Math.min(wait, 60_000) * 0.75);
      expect(until).toBeLessThanOrEqual(Math.min(wait, 60_000) * 1.25);
      wait *= 2;
    }
  });

  it("the wait is short again once a launch has been granted", async () => {
    const limits = await limitsOf();
    for (let n = 0; n < 8; n += 1) limits.refused("", refusal("rate"), 0, 0);
    limits.granted("");
    limits.refused("", refusal("rate"), 100_000, 100_000);
    expect(limits.nextLaunchAt("")).toBeLessThanOrEqual(100_625);
  });

  it("the wait is no shorter than Browser Run asks for", async () => {
    const limits = await limitsOf();
    limits.refused("", refusal("rate", 30_000), 0, 0);
    expect([limits.nextLaunchAt(""), limits.heldBackUntil(0)]).toEqual([30_000, 30_000]);
    expect(limits.take("", 29_999)).toBe(false);
    expect(limits.take("", 30_000)).toBe(true);
  });

  it("for the day's minutes, launches wait until the next UTC day", async () => {
    const limits = await limitsOf();
    limits.refused("", refusal("day"), 13 * HOUR, 13 * HOUR);
    expect([limits.dayOverUntil, limits.heldBackUntil(13 * HOUR)]).toEqual([24 * HOUR, 24 * HOUR]);
    expect([limits.take("DE", 24 * HOUR - 1), limits.take("DE", 24 * HOUR)]).toEqual([false, true]);
    expect(limits.heldBackUntil(24 * HOUR)).toBeNull();
  });

  it("a country that Browser Run does not have is not asked for again for an hour", async () => {
    const limits = await limitsOf();
    limits.refused("DE", refusal("location"), 0, 0);
    expect([limits.isRefused("DE", HOUR - 1), limits.isRefused("FR", 0)]).toEqual([true, false]);
    expect(limits.isRefused("DE", HOUR)).toBe(false);
  });

  it("an error that is no answer counts as no browser there", async () => {
    const limits = await limitsOf();
    limits.refused("DE", new Error("Network connection lost."), 0, 0);
    expect([limits.nextLaunchAt("DE") > 0, limits.nextLaunchAt("")]).toEqual([true, 0]);
  });
});
