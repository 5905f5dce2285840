/** The pool with real browsers. The clock stands still unless a test moves it. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { closeSession, connectToSession } from "../../src/browsers/browser-run.ts";
import { NoBrowserError, withTabInBrowser } from "../../src/browsers/lease.ts";
import type { BrowserPool } from "../../src/browsers/pool.ts";
import type { BrowserLease } from "../../src/browsers/pool-calls.ts";
import { type Env, settings } from "../../src/settings.ts";
import { consumerOf, withPool } from "./own-pool.ts";
import { closeAllSessions, runningSessions } from "./sessions.ts";

const { BROWSER_IDLE_MS, BROWSER_LEASE_MS, BROWSER_MAX_AGE_MS, MAX_BROWSERS } = settings(env);

let pool: DurableObjectStub<BrowserPool>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  pool = env.BROWSER_POOL.get(env.BROWSER_POOL.newUniqueId());
});

afterEach(async () => {
  vi.useRealTimers();
  await closeAllSessions();
});

async function lease(
  country: string | null = null,
  from: Pick<BrowserPool, "lease"> = pool,
): Promise<BrowserLease> {
  const answer = await from.lease(country);
  if ("waitMs" in answer) throw new Error(`The pool has no browser for another ${answer.waitMs} ms.`);
  return answer.lease;
}

function pass(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

describe("a leased browser", () => {
  it("can be connected to", async () => {
    const { sessionId } = await lease();
    const browser = await connectToSession(env.BROWSER, sessionId);
    expect(await browser.version()).toMatch(/Chrom/);
    await browser.disconnect();
  });

  it("is leased to one consumer at a time, and to the next once it is released", async () => {
    const [one, other] = [await lease(), await lease()];
    expect(other.sessionId).not.toBe(one.sessionId);
    await pool.release(one.id, { broken: false });
    expect((await lease()).sessionId).toBe(one.sessionId);
    expect(await runningSessions()).toHaveLength(2);
  });

  it("is closed when its lease runs out, and a late release changes nothing", async () => {
    const lost = await lease();
    pass(BROWSER_LEASE_MS + 1);
    expect(await runDurableObjectAlarm(pool)).toBe(true);
    expect(await runningSessions()).toEqual([]);
    const next = await lease();
    expect(next.sessionId).not.toBe(lost.sessionId);
    await pool.release(lost.id, { broken: true });
    expect(await runningSessions()).toEqual([next.sessionId]);
  });

  it("is closed when it is given back as broken", async () => {
    const broken = await lease();
    await pool.release(broken.id, { broken: true });
    expect(await runningSessions()).toEqual([]);
    expect((await lease()).sessionId).not.toBe(broken.sessionId);
  });

  it("is closed when it is given back past its maximum age", async () => {
    const old = await lease();
    pass(BROWSER_MAX_AGE_MS + 1);
    await pool.release(old.id, { broken: false });
    expect(await runningSessions()).toEqual([]);
  });

  it("is for one country only, and is closed when idle to make room for another country's", async () => {
    const german = await lease("DE");
    await pool.release(german.id, { broken: false });
    const french = await lease("FR");
    expect(french.sessionId).not.toBe(german.sessionId);
    expect((await lease("DE")).sessionId).toBe(german.sessionId);
    await pool.release(french.id, { broken: false });
    for (let n = 2; n < MAX_BROWSERS; n += 1) await lease("DE");
    // All places are taken, and the French browser is idle. It is closed, and a third German one may be launched.
    expect("waitMs" in (await pool.lease("DE"))).toBe(true);
    expect(await runningSessions()).not.toContain(french.sessionId);
    expect((await lease("DE")).sessionId).not.toBe(french.sessionId);
  });

  it("is one for any country if Browser Run cannot render from the one asked for", async () => {
    const singaporean = await lease("SG");
    await pool.release(singaporean.id, { broken: false });
    expect((await lease(null)).sessionId).toBe(singaporean.sessionId);
  });
});

describe("the pool", () => {
  it("closes idle browsers, but not those in use", async () => {
    const [idle, used] = [await lease(), await lease()];
    await pool.release(idle.id, { broken: false });
    pass(BROWSER_IDLE_MS + 1);
    await runDurableObjectAlarm(pool);
    expect(await runningSessions()).toEqual([used.sessionId]);
  });

  it("launches at most MAX_BROWSERS, and then says how long to wait", async () => {
    const leases: BrowserLease[] = [];
    for (let n = 0; n < MAX_BROWSERS; n += 1) leases.push(await lease());
    const answer = await pool.lease(null);
    expect("waitMs" in answer && answer.waitMs).toBeGreaterThan(0);
    expect(await runningSessions()).toHaveLength(MAX_BROWSERS);
    await pool.release(leases[0]?.id ?? "", { broken: false });
    expect((await lease()).sessionId).toBe(leases[0]?.sessionId);
  });

  it("keeps a browser that comes after its launch was given up", async () => {
    const { promise: granted, resolve: grant } = Promise.withResolvers<void>();
    const slow = {
      fetch: async (input: RequestInfo, init?: RequestInit) => {
        if (init?.method === "POST") await granted;
        return env.BROWSER.fetch(input, init);
      },
    };
    await withPool(pool, { BROWSER: slow, IO_TIMEOUT_MS: 1000 }, async (impatient) => {
      expect(await impatient.lease(null)).toMatchObject({ waitMs: expect.any(Number) });
      grant();
      await expect.poll(() => impatient.state()).toMatchObject({ browsers: 1, leased: 0 });
      const [sessionId] = await runningSessions();
      expect(await impatient.lease(null)).toMatchObject({ lease: { sessionId } });
    });
  });
});

describe("a waiting consumer", () => {
  // As on Browser Run's free plan: the next launch is further off than BROWSER_WAIT_MS.
  const freePlan = { LAUNCH_INTERVAL_MS: 120_000 };
  const patience = { BROWSER_WAIT_MS: 15_000 };

  /** A pool that has launched its one browser, and tells when it is asked for another. */
  async function inUse(own: BrowserPool): Promise<{ first: BrowserLease; env: Env; asked: Promise<void> }> {
    const first = await lease(null, own);
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    const watched = {
      leaseTab: (waitMs: number) => {
        resolve();
        return own.leaseTab(waitMs);
      },
      release: own.release.bind(own),
    };
    return { first, env: consumerOf(watched, patience), asked };
  }

  it("gets a browser as soon as one is released", async () => {
    await withPool(pool, freePlan, async (own) => {
      const { first, env: consumer, asked } = await inUse(own);
      const session = withTabInBrowser(consumer, async (leased) => leased.session);
      await asked;
      await own.release(first.id, { broken: false });
      expect(await session).toBe(first.sessionId);
    });
  });

  it("is served in the order of arrival", async () => {
    await withPool(pool, { ...freePlan, MAX_BROWSERS: 1 }, async (own) => {
      const first = await lease(null, own);
      const order: string[] = [];
      const wait = async (name: string) => {
        const answer = await own.lease(null, 15_000);
        order.push(name);
        if ("lease" in answer) await own.release(answer.lease.id, { broken: false });
      };
      const waiting = ["one", "two", "three"].map(wait);
      await own.release(first.id, { broken: false });
      await Promise.all(waiting);
      expect(order).toEqual(["one", "two", "three"]);
    });
  });

  it("gives up after BROWSER_WAIT_MS, and hears when the next launch is", async () => {
    vi.useRealTimers();
    await withPool(pool, freePlan, async (own) => {
      const { env: consumer } = await inUse(own);
      const startedAt = Date.now();
      const failure = await withTabInBrowser(
        { ...consumer, BROWSER_WAIT_MS: 300 } as Env,
        async () => null,
      ).catch((thrown) => thrown);
      expect(failure).toBeInstanceOf(NoBrowserError);
      expect(failure.waitMs).toBeGreaterThan(10_000);
      expect(Date.now() - startedAt).toBeGreaterThanOrEqual(300);
    });
  });
});

describe("withTabInBrowser", () => {
  it("gives the browser back, whether its callback returns or throws", async () => {
    const consumer = consumerOf(pool);
    await withTabInBrowser(consumer, async () => {
      expect(await pool.state()).toMatchObject({ browsers: 1, leased: 1 });
    });
    expect(await pool.state()).toMatchObject({ browsers: 1, leased: 0 });
    const failing = withTabInBrowser(consumer, async () => {
      throw new Error("The page fell apart.");
    });
    await expect(failing).rejects.toThrow("The page fell apart.");
    expect(await pool.state()).toMatchObject({ browsers: 1, leased: 0 });
  });

  it("gives a broken browser back as broken", async () => {
    await withTabInBrowser(consumerOf(pool), async (leased) => leased.markBroken());
    expect(await pool.state()).toMatchObject({ browsers: 0, leased: 0 });
  });

  it("notices that a browser is gone, and uses another", async () => {
    const lost = await lease();
    await pool.release(lost.id, { broken: false });
    await closeSession(env.BROWSER, lost.sessionId);
    await withTabInBrowser(consumerOf(pool), async (leased) => {
      expect(leased.session).not.toBe(lost.sessionId);
    });
    expect(await pool.state()).toMatchObject({ browsers: 1, leased: 0 });
  });

  it("reports that there is no browser when the pool fails", async () => {
    const failing = {
      leaseTab: () => Promise.reject(new Error("The pool is down.")),
      release: () => Promise.resolve(),
    };
    const using = withTabInBrowser(consumerOf(failing), async () => null);
    await expect(using).rejects.toBeInstanceOf(NoBrowserError);
  });
});
