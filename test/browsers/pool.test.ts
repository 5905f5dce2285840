/** The pool with real browsers. Time is the test's: what the pool would do later happens when the clock says so. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import puppeteer from "@cloudflare/puppeteer";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { leaseBrowser } from "../../src/browsers/lease.ts";
import { type BrowserLease, BrowserPool } from "../../src/browsers/pool.ts";
import { settings } from "../../src/settings.ts";

const { BROWSER_IDLE_MS, BROWSER_LEASE_MS, BROWSER_MAX_AGE_MS, MAX_BROWSERS } = settings(env);

let pool: DurableObjectStub<BrowserPool>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  pool = env.BROWSER_POOL.get(env.BROWSER_POOL.newUniqueId());
});

afterEach(async () => {
  vi.useRealTimers();
  for (const sessionId of await running()) {
    const browser = await puppeteer.connect(env.BROWSER, sessionId);
    await browser.close();
  }
});

async function running(): Promise<string[]> {
  const sessions = await puppeteer.sessions(env.BROWSER);
  return sessions.map(({ sessionId }) => sessionId);
}

/** A browser that has been told to close takes a moment to go. */
async function expectRunning(assertion: (sessionIds: string[]) => void): Promise<void> {
  await vi.waitFor(async () => assertion(await running()), { timeout: 5000, interval: 50 });
}

async function lease(country: string | null = null): Promise<BrowserLease> {
  const answer = await pool.lease(country);
  if ("waitMs" in answer) throw new Error(`The pool has no browser for another ${answer.waitMs} ms.`);
  return answer.lease;
}

function pass(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

describe("BrowserPool", () => {
  it("leases a browser that can be connected to", async () => {
    const { sessionId } = await lease();
    const browser = await puppeteer.connect(env.BROWSER, sessionId);
    expect(await browser.version()).toMatch(/Chrom/);
    await browser.disconnect();
  });

  it("gives a browser to one consumer at a time, and a released one to the next", async () => {
    const [one, other] = [await lease(), await lease()];
    expect(other.sessionId).not.toBe(one.sessionId);
    await pool.release(one.id, { broken: false });
    expect((await lease()).sessionId).toBe(one.sessionId);
    await expectRunning((ids) => expect(ids).toHaveLength(2));
  });

  it("launches no more than it may, and says how long to wait", async () => {
    const leases: BrowserLease[] = [];
    for (let n = 0; n < MAX_BROWSERS; n += 1) leases.push(await lease());
    const answer = await pool.lease(null);
    expect("waitMs" in answer && answer.waitMs).toBeGreaterThan(0);
    await expectRunning((ids) => expect(ids).toHaveLength(MAX_BROWSERS));
    await pool.release(leases[0]?.id ?? "", { broken: false });
    expect((await lease()).sessionId).toBe(leases[0]?.sessionId);
  });

  it("takes a lease back that is never returned, and closes its browser", async () => {
    const lost = await lease();
    pass(BROWSER_LEASE_MS + 1);
    expect(await runDurableObjectAlarm(pool)).toBe(true);
    await expectRunning((ids) => expect(ids).toEqual([]));
    const next = await lease();
    expect(next.sessionId).not.toBe(lost.sessionId);
    // The lease's old owner comes back late: nothing happens to the new one.
    await pool.release(lost.id, { broken: true });
    await expectRunning((ids) => expect(ids).toEqual([next.sessionId]));
  });

  it("closes browsers that idle, and not those in use", async () => {
    const [idle, used] = [await lease(), await lease()];
    await pool.release(idle.id, { broken: false });
    pass(BROWSER_IDLE_MS + 1);
    await runDurableObjectAlarm(pool);
    await expectRunning((ids) => expect(ids).toEqual([used.sessionId]));
  });

  it("does not lease a browser again that is broken", async () => {
    const broken = await lease();
    await pool.release(broken.id, { broken: true });
    await expectRunning((ids) => expect(ids).toEqual([]));
    expect((await lease()).sessionId).not.toBe(broken.sessionId);
  });

  it("does not lease a browser again that has grown old", async () => {
    const old = await lease();
    pass(BROWSER_MAX_AGE_MS + 1);
    await pool.release(old.id, { broken: false });
    await expectRunning((ids) => expect(ids).toEqual([]));
  });

  it("keeps the browsers of each country apart, and makes room for one that has none", async () => {
    const german = await lease("DE");
    await pool.release(german.id, { broken: false });
    const french = await lease("FR");
    expect(french.sessionId).not.toBe(german.sessionId);
    expect((await lease("DE")).sessionId).toBe(german.sessionId);
    await pool.release(french.id, { broken: false });
    for (let n = 2; n < MAX_BROWSERS; n += 1) await lease("DE");
    // All places are taken, and the French browser idles: it goes, and a third German one may come.
    expect("waitMs" in (await pool.lease("DE"))).toBe(true);
    await expectRunning((ids) => expect(ids).not.toContain(french.sessionId));
    expect((await lease("DE")).sessionId).not.toBe(french.sessionId);
  });

  it("leases a browser of no country in particular for a country that Browser Run cannot render from", async () => {
    const singaporean = await lease("SG");
    await pool.release(singaporean.id, { broken: false });
    expect((await lease(null)).sessionId).toBe(singaporean.sessionId);
  });

  it("waits longer after each refused launch, and launches when it is granted one again", async () => {
    const refusing = { fetch: async () => new Response("Rate limit exceeded", { status: 429 }) };
    await runInDurableObject(pool, (instance) => {
      Object.assign(instance, { env: { ...env, BROWSER: refusing } });
    });
    const waits: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      const answer = await pool.lease(null);
      if (!("waitMs" in answer)) throw new Error("A refused launch cannot give a lease.");
      waits.push(answer.waitMs);
      // Asked again too early, the pool does not try.
      expect(await pool.lease(null)).toMatchObject({ waitMs: expect.any(Number) });
      pass(answer.waitMs);
    }
    expect(waits[4]).toBeGreaterThan((waits[0] ?? 0) * 4);
    expect((await pool.state()).heldBackUntil).toBeNull();
    await runInDurableObject(pool, (instance) => {
      Object.assign(instance, { env });
    });
    expect((await lease()).sessionId).toBeTruthy();
  });

  it("keeps a browser that comes after it was given up", async () => {
    const { promise: granted, resolve: grant } = Promise.withResolvers<void>();
    const slow = {
      fetch: async (input: RequestInfo, init?: RequestInit) => {
        if (init?.method === "POST") await granted;
        return env.BROWSER.fetch(input, init);
      },
    };
    await runInDurableObject(pool, async (_instance, state) => {
      const waiting = new BrowserPool(state, { ...env, BROWSER: slow as never, IO_TIMEOUT_MS: 100 } as never);
      expect(await waiting.lease(null)).toMatchObject({ waitMs: expect.any(Number) });
      grant();
      await vi.waitFor(
        async () => expect(await waiting.state()).toMatchObject({ browsers: 1, leased: 0 }),
        5000,
      );
      expect(await waiting.lease(null)).toMatchObject({ lease: { sessionId: (await running())[0] } });
    });
  });

  it("finds out that a browser has gone, and has another launched", async () => {
    const lost = await lease();
    await pool.release(lost.id, { broken: false });
    const browser = await puppeteer.connect(env.BROWSER, lost.sessionId);
    await browser.close();
    const leased = await leaseBrowser({ ...env, BROWSER_POOL: poolOf(pool) }, null);
    if ("waitMs" in leased) throw new Error("There is room for a browser.");
    expect(leased.browser.sessionId()).not.toBe(lost.sessionId);
    await leased.browser.disconnect();
    await leased.release({ broken: false });
    expect(await pool.state()).toMatchObject({ browsers: 1, leased: 0 });
  });
});

/** A namespace of this one pool. */
function poolOf(only: DurableObjectStub<BrowserPool>): typeof env.BROWSER_POOL {
  return { idFromName: () => only.id, get: () => only } as never;
}
