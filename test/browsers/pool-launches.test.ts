/** When the pool launches browsers, with a stand-in for Browser Run. The clock stands still unless a test moves it. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { BrowserPool } from "../../src/browsers/pool.ts";
import type { LeaseAnswer } from "../../src/browsers/pool-calls.ts";
import { settings } from "../../src/settings.ts";
import { BrowserRunStandIn, refusals } from "./browser-run-stand-in.ts";
import { withPool } from "./own-pool.ts";

const { BROWSER_IDLE_MS } = settings(env);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let stub: DurableObjectStub<BrowserPool>;
let browserRun: BrowserRunStandIn;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  // So that no test comes near midnight, UTC.
  vi.setSystemTime("2026-11-20T13:00:00Z");
  vi.spyOn(console, "warn").mockImplementation(() => {});
  stub = env.BROWSER_POOL.get(env.BROWSER_POOL.newUniqueId());
  browserRun = new BrowserRunStandIn();
  browserRun.limits = { browsers: 200, launches: 100, nextLaunchInMs: 0 };
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Runs `use` with a pool on the stand-in. Calling it again does what a restart does. */
async function withStandIn<T>(
  use: (pool: BrowserPool) => Promise<T>,
  overrides: Record<string, unknown> = {},
): Promise<T> {
  return await withPool(stub, { BROWSER: browserRun.binding, MAX_BROWSERS: 5, ...overrides }, use);
}

function pass(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

function sessionOf(answer: LeaseAnswer): string | undefined {
  return "lease" in answer ? answer.lease.sessionId : undefined;
}

function waitOf(answer: LeaseAnswer): number {
  if (!("waitMs" in answer)) throw new Error("There was a browser.");
  return answer.waitMs;
}

/** Asks for so many browsers, one after another, and returns how many there were. */
async function leaseMany(pool: BrowserPool, count: number, country: string | null = null): Promise<number> {
  let leased = 0;
  for (let n = 0; n < count; n += 1) if ("lease" in (await pool.lease(country))) leased += 1;
  return leased;
}

describe("how many browsers the pool has", () => {
  it("is what Browser Run allows if that is less than MAX_BROWSERS", async () => {
    browserRun.limits = { browsers: 2, launches: 100, nextLaunchInMs: 0 };
    await withStandIn(async (pool) => {
      expect(await leaseMany(pool, 4)).toBe(2);
      expect(await pool.state()).toMatchObject({ browsers: 2, leased: 2, max: 2 });
    });
    expect(browserRun.asked).toHaveLength(2);
  });

  it("is MAX_BROWSERS if Browser Run allows more, or does not say", async () => {
    await withStandIn(async (pool) => expect(await leaseMany(pool, 7)).toBe(5));
    browserRun.limits = null;
    stub = env.BROWSER_POOL.get(env.BROWSER_POOL.newUniqueId());
    await withStandIn(async (pool) => {
      for (let n = 0; n < 7; n += 1) {
        await pool.lease(null);
        pass(1000);
      }
      expect(await pool.state()).toMatchObject({ browsers: 5 });
    });
  });

  it("is less the sessions of other Workers", async () => {
    browserRun.limits = { browsers: 4, launches: 100, nextLaunchInMs: 0 };
    for (const id of ["a", "b"]) browserRun.start(`another-workers-${id}`, "a connection");
    await withStandIn(async (pool) => {
      expect(await leaseMany(pool, 4)).toBe(2);
      browserRun.sessions.delete("another-workers-a");
      pass(10_000);
      expect(await leaseMany(pool, 4)).toBe(1);
    });
  });

  it("leaves room for another at once when one of its own has been closed", async () => {
    browserRun.limits = { browsers: 2, launches: 100, nextLaunchInMs: 0 };
    await withStandIn(async (pool) => {
      await leaseMany(pool, 1);
      const second = await pool.lease(null);
      // Browser Run says which sessions run, these two among them.
      pass(10_000);
      expect(await leaseMany(pool, 1)).toBe(0);
      if ("lease" in second) await pool.release(second.lease.id, { broken: true });
      expect(await leaseMany(pool, 2)).toBe(1);
    });
  });
});

describe("how fast the pool launches browsers", () => {
  it("is as Browser Run says, without a refusal", async () => {
    browserRun.limits = { browsers: 200, launches: 2, nextLaunchInMs: 0 };
    browserRun.refuse = () => {
      if (browserRun.limits) browserRun.limits.launches -= 1;
      return undefined;
    };
    await withStandIn(async (pool) => {
      expect(await leaseMany(pool, 2)).toBe(2);
      // Launches on their way may not be counted yet, so it asks again after a second.
      expect(waitOf(await pool.lease(null))).toBe(1000);
      browserRun.limits = { browsers: 200, launches: 0, nextLaunchInMs: 700 };
      pass(1000);
      expect(waitOf(await pool.lease(null))).toBe(700);
      pass(699);
      expect(waitOf(await pool.lease(null))).toBe(1);
      browserRun.limits = { browsers: 200, launches: 1, nextLaunchInMs: 0 };
      pass(1);
      expect(await leaseMany(pool, 1)).toBe(1);
    });
    expect(browserRun.asked).toHaveLength(3);
  });

  it("does not ask what is allowed each time it could have more", async () => {
    await withStandIn(async (pool) => {
      await leaseMany(pool, 20);
    });
    expect(browserRun.limitsAsked).toBe(1);
  });
});

describe("after a refusal", () => {
  it("the pool waits longer each time, until a launch is granted", async () => {
    browserRun.refuse = () => refusals.rate();
    await withStandIn(async (pool) => {
      const waits: number[] = [];
      for (let n = 0; n < 5; n += 1) {
        const wait = waitOf(await pool.lease(null));
        waits.push(wait);
        expect((await pool.state()).heldBackUntil).toBe(Date.now() + wait);
        // If it is asked again too early, it does not try to launch one.
        await pool.lease("DE");
        expect(browserRun.asked).toHaveLength(n + 1);
        pass(wait);
      }
      expect(waits[4]).toBeGreaterThan((waits[0] ?? 0) * 4);
      expect((await pool.state()).heldBackUntil).toBeNull();
      browserRun.refuse = () => undefined;
      expect(await leaseMany(pool, 2)).toBe(2);
    });
  });

  it("the pool waits for as long as Retry-After says", async () => {
    browserRun.refuse = () => refusals.rate("20");
    await withStandIn(async (pool) => {
      expect(waitOf(await pool.lease(null))).toBe(20_000);
      browserRun.refuse = () => undefined;
      pass(19_999);
      expect(await leaseMany(pool, 1)).toBe(0);
      pass(1);
      expect(await leaseMany(pool, 1)).toBe(1);
    });
  });

  it("for want of a browser in one country, others still get theirs", async () => {
    browserRun.refuse = (place) => (place === "DE" ? refusals.unavailable() : undefined);
    await withStandIn(async (pool) => {
      expect(await leaseMany(pool, 1, "DE")).toBe(0);
      expect([await leaseMany(pool, 1, "FR"), await leaseMany(pool, 1)]).toEqual([1, 1]);
      expect(await leaseMany(pool, 1, "DE")).toBe(0);
    });
    expect(browserRun.asked).toEqual(["DE", "FR", ""]);
  });

  it("for the day's minutes, nothing is launched until the next UTC day", async () => {
    browserRun.refuse = () => refusals.day();
    await withStandIn(async (pool) => {
      expect(waitOf(await pool.lease(null))).toBe(11 * HOUR);
      pass(11 * HOUR - 1);
      expect(await leaseMany(pool, 1, "DE")).toBe(0);
      expect(browserRun.asked).toHaveLength(1);
      browserRun.refuse = () => undefined;
      pass(1);
      expect(await leaseMany(pool, 1)).toBe(1);
    });
  });

  it("of a country, its pages get a browser for any, at once, and the lease says so", async () => {
    browserRun.refuse = (place) => (place === "DE" ? refusals.location() : undefined);
    await withStandIn(async (pool) => {
      expect(await pool.lease("DE", 1000)).toMatchObject({ lease: { isInCountry: false } });
      expect(await pool.lease("DE")).toMatchObject({ lease: { isInCountry: false } });
      expect(await pool.lease("FR")).toMatchObject({ lease: { isInCountry: true } });
      expect(await pool.lease(null)).toMatchObject({ lease: { isInCountry: true } });
      expect(browserRun.asked).toEqual(["DE", "", "", "FR", ""]);
      pass(HOUR);
      browserRun.refuse = () => undefined;
      expect(await pool.lease("DE")).toMatchObject({ lease: { isInCountry: true } });
    });
  });

  it("whoever waits in line gets a browser as soon as a launch is allowed again", async () => {
    vi.useRealTimers();
    let refused = 0;
    browserRun.refuse = () => {
      refused += 1;
      return refused <= 2 ? refusals.unavailable() : undefined;
    };
    await withStandIn(async (pool) => {
      const answers = await Promise.all([pool.lease(null, 20_000), pool.lease(null, 20_000)]);
      expect(answers.map(sessionOf)).toEqual([expect.any(String), expect.any(String)]);
    });
  });
});

describe("browsers that the pool and Browser Run do not agree about", () => {
  it("are forgotten if Browser Run no longer lists them", async () => {
    await withStandIn(async (pool) => {
      await leaseMany(pool, 2);
      const [gone = ""] = browserRun.sessions.keys();
      browserRun.sessions.delete(gone);
      await pool.alarm();
      expect(await pool.state()).toMatchObject({ browsers: 1 });
      expect(browserRun.sessions.size).toBe(1);
    });
  });

  it("are all kept if Browser Run cannot say which there are", async () => {
    await withStandIn((pool) => leaseMany(pool, 2));
    const failing = { fetch: async () => new Response("Internal error", { status: 500 }) };
    await withStandIn(
      async (restarted) => {
        await restarted.alarm();
        expect(await restarted.state()).toMatchObject({ browsers: 2 });
      },
      { BROWSER: failing },
    );
  });

  it("are closed if they were launched while the pool died", async () => {
    browserRun.refuse = async (place) => {
      // The session starts, and its pool does not live to hear of it.
      browserRun.start("orphan");
      return await new Promise<undefined>(() => void place);
    };
    await withStandIn(async (pool) => {
      void pool.lease(null);
      await expect.poll(() => browserRun.sessions.has("orphan")).toBe(true);
    });
    browserRun.refuse = () => undefined;
    pass(30_000);
    await withStandIn(
      async (pool) => {
        await leaseMany(pool, 1);
        await pool.alarm();
        // It is not certain yet.
        expect(browserRun.sessions.has("orphan")).toBe(true);
        pass(MINUTE);
        await pool.alarm();
        expect(browserRun.sessions.has("orphan")).toBe(false);
        expect(await pool.state()).toMatchObject({ browsers: 1, leased: 1 });
        expect(browserRun.sessions.size).toBe(1);
      },
      { BROWSER_LEASE_MS: HOUR },
    );
  });

  it("are left alone if they are in use, or began at another time than a launch of the pool", async () => {
    browserRun.start("before");
    pass(1000);
    browserRun.refuse = () => {
      browserRun.start("in-use", "a connection");
      return new Promise<undefined>(() => {});
    };
    await withStandIn(async (pool) => {
      void pool.lease(null);
      await expect.poll(() => browserRun.sessions.has("in-use")).toBe(true);
    });
    pass(2 * MINUTE);
    browserRun.start("after");
    await withStandIn((pool) => pool.alarm());
    expect(Array.from(browserRun.sessions.keys())).toEqual(["before", "in-use", "after"]);
  });
});

describe("idle browsers", () => {
  it("are closed the sooner the more there are, those idle the longest first", async () => {
    await withStandIn(async (pool) => {
      const answers = [
        await pool.lease(null),
        await pool.lease(null),
        await pool.lease(null),
        await pool.lease(null),
      ];
      for (const answer of answers)
        if ("lease" in answer) await pool.release(answer.lease.id, { broken: false });
      const left: number[] = [];
      for (let n = 0; n < 20; n += 1) {
        pass(BROWSER_IDLE_MS / 20);
        await pool.alarm();
        left.push((await pool.state()).browsers);
      }
      // A quarter of the time for the first, a third for the second, half for the third, and all of it for the last.
      expect([left[3], left[4], left[6], left[9], left[18], left[19]]).toEqual([4, 3, 2, 1, 1, 0]);
      expect(browserRun.sessions.size).toBe(0);
    });
  });
});
