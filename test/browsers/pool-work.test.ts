/** How the pool sends consumers to work, with a stand-in for Browser Run. The clock stands still unless a test moves it. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { BrowserPool } from "../../src/browsers/pool.ts";
import type { BeginAnswer, BrowserLease } from "../../src/browsers/pool-calls.ts";
import type { Announcement } from "../../src/protocol/work.ts";
import { settings } from "../../src/settings.ts";
import { BrowserRunStandIn, refusals } from "./browser-run-stand-in.ts";
import { KeptTickets, withPool } from "./own-pool.ts";

const HOUR = 3600_000;
const work = [{ batchId: "one", accountId: "account" }];

let stub: DurableObjectStub<BrowserPool>;
let browserRun: BrowserRunStandIn;
let tickets: KeptTickets;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime("2026-11-20T13:00:00Z");
  vi.spyOn(console, "warn").mockImplementation(() => {});
  stub = env.BROWSER_POOL.get(env.BROWSER_POOL.newUniqueId());
  browserRun = new BrowserRunStandIn();
  browserRun.limits = { browsers: 200, launches: 100, nextLaunchInMs: 0 };
  tickets = new KeptTickets();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function withStandIn<T>(
  use: (pool: BrowserPool) => Promise<T>,
  overrides: Record<string, unknown> = {},
): Promise<T> {
  const bindings = { BROWSER: browserRun.binding, RENDER_QUEUE: tickets.queue };
  return await withPool(stub, { ...bindings, MAX_BROWSERS: 5, ...overrides }, use);
}

function pass(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

async function announce(pool: BrowserPool, change: Partial<Announcement> = {}): Promise<number> {
  const one = { batchId: "one", accountId: "account", country: null, waiting: 16, rendering: 0 };
  return (await pool.announce({ ...one, ...change })).againInMs;
}

async function begin(
  pool: BrowserPool,
  consumer: string,
  country: string | null = null,
): Promise<BeginAnswer> {
  return await pool.begin({ consumer, country, browsers: 0, sentAt: tickets.sent.at(-1)?.sentAt ?? null }, 0);
}

async function begun(pool: BrowserPool, consumer: string): Promise<BrowserLease> {
  const answer = await begin(pool, consumer);
  if ("waitMs" in answer)
    throw new Error(`There is no browser for ${consumer} for another ${answer.waitMs} ms.`);
  return answer.lease;
}

function report(consumer: string, leases: string[], change: object = {}) {
  return { consumer, country: null, beganAt: Date.now(), leases, returned: [], news: [], ...change };
}

describe("an announcement", () => {
  it("sends a ticket for each browser that the pages are worth and that can be had", async () => {
    await withStandIn(async (pool) => {
      expect(await announce(pool, { waiting: 32 })).toBe(30_000);
      expect(tickets.sent).toHaveLength(2);
      await announce(pool, { waiting: 4000 });
      expect(tickets.sent).toHaveLength(5);
    });
  });

  it("sends none while all browsers are in use", async () => {
    await withStandIn(async (pool) => {
      for (let n = 0; n < 5; n += 1) await pool.lease(null);
      await announce(pool);
      expect(tickets.sent).toEqual([]);
    });
  });

  it("sends none while launches are held back for long, except for idle browsers", async () => {
    await withStandIn(async (pool) => {
      const answer = await pool.lease(null);
      browserRun.refuse = () => refusals.rate("60");
      await pool.lease(null);
      await announce(pool, { waiting: 4000 });
      expect(tickets.sent).toEqual([]);
      if ("lease" in answer) await pool.release(answer.lease.id, { broken: false });
      await announce(pool, { waiting: 4000 });
      expect(tickets.sent).toHaveLength(1);
    });
  });

  it("is not repeated before the next UTC day once the day's minutes are used up, and sends nothing", async () => {
    browserRun.refuse = () => refusals.day();
    await withStandIn(async (pool) => {
      await pool.lease(null);
      expect(await announce(pool)).toBe(11 * HOUR);
      expect(tickets.sent).toEqual([]);
      pass(11 * HOUR);
      browserRun.refuse = () => undefined;
      expect(await announce(pool)).toBe(30_000);
      expect(tickets.sent).toHaveLength(1);
    });
  });

  it("while tickets of another are being sent is not forgotten", async () => {
    const { promise: accepted, resolve: accept } = Promise.withResolvers<void>();
    const slow = {
      sendBatch: async (messages: { body: { country: string | null; sentAt: number } }[]) => {
        await accepted;
        await tickets.queue.sendBatch(messages);
      },
    };
    await withStandIn(
      async (pool) => {
        const first = announce(pool);
        const second = announce(pool, { batchId: "german", country: "DE" });
        accept();
        await Promise.all([first, second]);
        expect(tickets.sent.map(({ country }) => country)).toEqual([null, "DE"]);
      },
      { RENDER_QUEUE: slow },
    );
  });

  it("is looked at again at the next alarm: a ticket that was lost is replaced", async () => {
    await withStandIn(async (pool) => {
      await announce(pool);
      pass(20_000);
      await pool.alarm();
      expect(tickets.sent).toHaveLength(2);
    });
  });
});

describe("a consumer that begins", () => {
  it("gets a browser, and the batches whose turn it is", async () => {
    await withStandIn(async (pool) => {
      await announce(pool);
      expect(await begin(pool, "a consumer")).toMatchObject({
        lease: { sessionId: "session-1", isInCountry: true },
        work,
      });
    });
  });

  it("gets none, and nothing is launched, if the pages have all the browsers they are worth", async () => {
    await withStandIn(async (pool) => {
      expect(await begin(pool, "too early")).toEqual({ waitMs: 0 });
      await announce(pool);
      await begun(pool, "a consumer");
      expect(await begin(pool, "surplus")).toEqual({ waitMs: 0 });
      expect(browserRun.asked).toHaveLength(1);
    });
  });

  it("in place of one that has ended gets its browser", async () => {
    await withStandIn(async (pool) => {
      await announce(pool);
      const first = await begun(pool, "first");
      await pool.end(
        "first",
        [{ id: first.id, broken: false }],
        [{ batchId: "one", waiting: 16, rendering: 0 }],
      );
      expect(tickets.sent).toHaveLength(2);
      expect((await begun(pool, "second")).sessionId).toBe(first.sessionId);
    });
  });

  it("gets another browser if it could not connect to the first", async () => {
    await withStandIn(async (pool) => {
      await announce(pool);
      const dead = await begun(pool, "a consumer");
      await pool.release(dead.id, { broken: true });
      expect((await begun(pool, "a consumer")).sessionId).not.toBe(dead.sessionId);
    });
  });
});

describe("a consumer that calls", () => {
  it("keeps its browser for longer than a lease takes", async () => {
    await withStandIn(
      async (pool) => {
        await announce(pool);
        const lease = await begun(pool, "a consumer");
        for (let n = 0; n < 4; n += 1) {
          pass(600);
          expect((await pool.renew(report("a consumer", [lease.id]))).lost).toEqual([]);
          await pool.alarm();
        }
        expect(await pool.state()).toMatchObject({ leased: 1, consumers: 1 });
      },
      { BROWSER_LEASE_MS: 1000 },
    );
  });

  it("hears of leases that have run out", async () => {
    await withStandIn(
      async (pool) => {
        await announce(pool);
        const lease = await begun(pool, "a consumer");
        pass(1000);
        await pool.alarm();
        expect(browserRun.sessions.size).toBe(0);
        expect((await pool.renew(report("a consumer", [lease.id]))).lost).toEqual([lease.id]);
      },
      { BROWSER_LEASE_MS: 1000 },
    );
  });

  it("is told whose turn it is, and tells what it has learned", async () => {
    await withStandIn(async (pool) => {
      await announce(pool);
      await announce(pool, { batchId: "other", accountId: "another account" });
      const lease = await begun(pool, "a consumer");
      const news = [{ batchId: "one", waiting: 0, rendering: 8 }];
      const directions = await pool.renew(report("a consumer", [lease.id], { news }));
      expect(directions).toMatchObject({
        work: [{ batchId: "other", accountId: "another account" }],
        mayGoOn: true,
        moreBrowsers: 0,
        againInMs: 2000,
      });
    });
  });

  it("makes itself known to a pool that has restarted", async () => {
    const lease = await withStandIn(async (pool) => {
      await announce(pool);
      return await begun(pool, "a consumer");
    });
    await withStandIn(async (pool) => {
      const { lost, work: known } = await pool.renew(report("a consumer", [lease.id]));
      expect([lost, known]).toEqual([[], []]);
      await announce(pool, { waiting: 8, rendering: 8 });
      expect(await pool.state()).toMatchObject({
        consumers: 1,
        leased: 1,
        batchesWaiting: 1,
        pagesWaiting: 8,
      });
      expect(tickets.sent).toHaveLength(2);
    });
  });
});

describe("a consumer that dies", () => {
  it("does not keep its pages from another for longer than their own leases do", async () => {
    await withStandIn(async (pool) => {
      await announce(pool);
      await begun(pool, "doomed");
      pass(settings(env).RENDER_LEASE_MS + 6000);
      await announce(pool);
      expect(tickets.sent).toHaveLength(2);
      expect((await begun(pool, "another")).sessionId).toBe("session-2");
    });
  });
});

describe("a consumer that ends", () => {
  it("leaves room for one that renders what is left", async () => {
    await withStandIn(async (pool) => {
      await announce(pool);
      const lease = await begun(pool, "a consumer");
      await pool.release(lease.id, { broken: false });
      await pool.end("a consumer", [], [{ batchId: "one", waiting: 0, rendering: 0 }]);
      expect(await pool.state()).toMatchObject({ consumers: 0, batchesWaiting: 0, leased: 0, browsers: 1 });
      expect(tickets.sent).toHaveLength(1);
    });
  });
});
