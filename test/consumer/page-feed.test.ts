/** How a consumer's tabs get pages of several batches, and how trackers hear of them. The clock is the test's. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ClaimedPage } from "../../src/consumer/batch-source.ts";
import { type Crew, PageFeed } from "../../src/consumer/page-feed.ts";
import type { Claim, RenderJob } from "../../src/protocol/claim.ts";
import type { Outcome } from "../../src/protocol/report.ts";
import type { Exchange, TrackerCalls } from "../../src/protocol/tracker-calls.ts";

const rendered: Outcome = { kind: "rendered", httpStatus: 200 };
const never = new Promise<never>(() => {});

/** The tracker of a batch with a number of pages. It hands out all that it is asked for, and keeps the calls. */
class Batch implements TrackerCalls {
  readonly batchId: string;
  readonly accountId: string;
  readonly calls: Exchange[] = [];
  /** What each call waits for before it is answered. */
  before: () => Promise<unknown> = async () => {};
  waiting: number;
  rendering = 0;
  #handedOut = 0;

  constructor(batchId: string, pages: number, accountId = "account") {
    this.batchId = batchId;
    this.waiting = pages;
    this.accountId = accountId;
  }

  async exchange(call: Exchange): Promise<Claim> {
    this.calls.push(call);
    await this.before();
    const released = call.reports.filter(({ outcome }) => outcome.kind === "released").length;
    this.rendering -= call.reports.length;
    this.waiting += released;
    const count = Math.min(this.waiting, call.needed + call.ahead);
    this.waiting -= count;
    this.rendering += count;
    const assignments = Array.from({ length: count }, () => {
      this.#handedOut += 1;
      return { idx: this.#handedOut, url: "https://shop.example/", rendering: 1 };
    });
    const { batchId, accountId, waiting, rendering } = this;
    return { job: { batchId, accountId } as RenderJob, assignments, left: { waiting, rendering } };
  }

  /** How the renderings ended that it was told of, in this order. */
  get reports(): string[] {
    return this.calls.flatMap(({ reports }) => reports.map(({ outcome }) => outcome.kind));
  }
}

function feedOf(batches: Batch[], { maxPages = 10_000, heartbeatMs = 5000 } = {}): PageFeed {
  const consumer = { ...env, RENDER_HEARTBEAT_MS: heartbeatMs };
  return new PageFeed(consumer, (id) => batches.find(({ batchId }) => batchId === id) as Batch, maxPages);
}

/** The pages that so many tabs of a crew get when they ask at the same time. */
async function take(feed: PageFeed, crew: Crew, tabs: number): Promise<(ClaimedPage | null)[]> {
  return await Promise.all(Array.from({ length: tabs }, () => feed.next(crew)));
}

function batchesOf(pages: (ClaimedPage | null)[]): (string | undefined)[] {
  return pages.map((page) => page?.batchId).sort();
}

/**
 * Renders page after page in each tab. Returns the batches of the pages, in the order in which tabs took them.
 *
 * @param msPerPage for a page, or from and to which times vary
 */
function work(
  feed: PageFeed,
  crew: Crew,
  msPerPage: number | [from: number, to: number],
): { taken: string[]; done: Promise<unknown> } {
  const taken: string[] = [];
  const [from, to] = [msPerPage].flat() as [number, number?];
  const timeOf = (n: number) => from + ((to ?? from) - from) * ((n * 0.618034) % 1);
  const tabs = Array.from({ length: crew.tabs }, async () => {
    for (let page = await feed.next(crew); page; page = await feed.next(crew)) {
      taken.push(page.batchId);
      await new Promise((resolve) => setTimeout(resolve, timeOf(taken.length)));
      feed.report(page, rendered);
    }
  });
  return { taken, done: Promise.all(tabs) };
}

/** Whether a promise has been resolved, once all that is ready has happened. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  await vi.advanceTimersByTimeAsync(0);
  return await Promise.race([promise.then(() => true), Promise.resolve(false)]);
}

const count = (list: unknown[], value: unknown) => list.filter((one) => one === value).length;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("whose pages tabs get", () => {
  it("is one batch's for all tabs, by one call, if there is no other", async () => {
    const one = new Batch("one", 10);
    const feed = feedOf([one]);
    const crew = { tabs: 6 };
    feed.setWork([one], 6);
    expect(batchesOf(await take(feed, crew, 6))).toEqual(Array(6).fill("one"));
    expect(one.calls).toMatchObject([{ needed: 6, ahead: 0, reports: [], renewals: [] }]);
    await feed.finish();
  });

  it("is a small batch's as soon as a large one's of the same account", async () => {
    const [large, small] = [new Batch("large", 1000), new Batch("small", 4)];
    const feed = feedOf([large, small]);
    feed.setWork([large, small], 4);
    const { taken, done } = work(feed, { tabs: 4 }, 1000);
    await vi.advanceTimersByTimeAsync(3500);
    expect(count(taken, "small")).toBe(4);
    feed.stop();
    await vi.advanceTimersByTimeAsync(1000);
    await done;
  });

  it("is two batches' of an account in equal parts", async () => {
    const batches = [new Batch("one", 5000), new Batch("other", 5000)];
    const feed = feedOf(batches);
    feed.setWork(batches, 8);
    const { taken, done } = work(feed, { tabs: 8 }, 400);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(taken.length).toBeGreaterThan(1150);
    expect(count(taken, "one") / taken.length).toBeCloseTo(0.5, 1);
    feed.stop();
    await vi.advanceTimersByTimeAsync(1000);
    await done;
  });

  it("is each account's in turn: five pages of one are not held up by sixty batches of another", async () => {
    const many = Array.from({ length: 60 }, (_, n) => new Batch(`many ${n}`, 10, "many"));
    const few = new Batch("few", 5, "few");
    const [first, ...others] = many as [Batch, ...Batch[]];
    const feed = feedOf([...many, few]);
    // As the pool names them: one of each account first, and no more than 20.
    feed.setWork([first, few, ...others.slice(0, 18)], 8);
    const { taken, done } = work(feed, { tabs: 8 }, 1000);
    await vi.advanceTimersByTimeAsync(0);
    expect(count(taken, "few")).toBe(4);
    await vi.advanceTimersByTimeAsync(1100);
    expect(count(taken, "few")).toBe(5);
    expect(taken).toHaveLength(16);
    feed.stop();
    await vi.advanceTimersByTimeAsync(1000);
    await done;
  });

  it.each([0, 10, 100])("is two accounts' in equal parts if a call takes %i ms", async (callMs) => {
    const one = Array.from({ length: 30 }, (_, n) => new Batch(`one ${n}`, 100, "one"));
    const other = new Batch("other", 3000, "other");
    const batches = [...one, other];
    for (const batch of batches) batch.before = () => new Promise((resolve) => setTimeout(resolve, callMs));
    const feed = feedOf(batches);
    feed.setWork(batches, 8);
    const { taken, done } = work(feed, { tabs: 8 }, [400, 1000]);
    const calls = setInterval(() => feed.setWork(batches), 2000);
    await vi.advanceTimersByTimeAsync(20_000);
    clearInterval(calls);
    expect(taken.length).toBeGreaterThan(200);
    expect(Math.abs(count(taken, "other") / taken.length - 0.5)).toBeLessThan(0.05);
    feed.stop();
    await vi.advanceTimersByTimeAsync(2000);
    await done;
  });

  it("is another batch's if a tracker hangs", async () => {
    const [stuck, fine] = [new Batch("stuck", 10), new Batch("fine", 10)];
    stuck.before = () => never;
    const feed = feedOf([stuck, fine]);
    feed.setWork([stuck, fine], 4);
    const pages = take(feed, { tabs: 4 }, 4);
    await vi.advanceTimersByTimeAsync(2000);
    // The pool's next answer.
    feed.setWork([stuck, fine]);
    expect(batchesOf(await pages)).toEqual(Array(4).fill("fine"));
  });

  it("is at once the other account's, where it has its share, if a tracker hangs", async () => {
    const [stuck, fine] = [new Batch("stuck", 10, "one"), new Batch("fine", 10, "other")];
    stuck.before = () => never;
    const feed = feedOf([stuck, fine]);
    feed.setWork([stuck, fine], 4);
    const { taken } = work(feed, { tabs: 4 }, 500);
    await vi.advanceTimersByTimeAsync(400);
    expect(taken).toEqual(["fine", "fine"]);
  });
});

describe("pages in stock", () => {
  it("are none at first, and as many as are used up between two calls later on", async () => {
    const one = new Batch("one", 5000);
    const feed = feedOf([one]);
    feed.setWork([one], 8);
    const { taken, done } = work(feed, { tabs: 8 }, 500);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(one.calls[0]).toMatchObject({ needed: 8, ahead: 0 });
    one.calls.length = 0;
    const before = taken.length;
    await vi.advanceTimersByTimeAsync(20_000);
    // No tab has ever waited, by about a call a second.
    expect(taken.length - before).toBeGreaterThanOrEqual(318);
    expect(one.calls.length).toBeLessThanOrEqual(30);
    feed.stop();
    await vi.advanceTimersByTimeAsync(1000);
    await done;
  });

  it("are given back at once when the run is to end", async () => {
    const one = new Batch("one", 5000);
    const feed = feedOf([one]);
    feed.setWork([one], 8);
    const { taken, done } = work(feed, { tabs: 8 }, 500);
    await vi.advanceTimersByTimeAsync(10_100);
    feed.stop();
    await vi.advanceTimersByTimeAsync(0);
    expect(one.reports).toContain("released");
    expect(one.waiting).toBe(5000 - taken.length);
    await vi.advanceTimersByTimeAsync(500);
    await done;
    await feed.finish();
    expect(count(one.reports, "rendered")).toBe(taken.length);
    expect([one.waiting, one.rendering]).toEqual([5000 - taken.length, 0]);
  });

  it("are given back, too, if they arrive only then", async () => {
    const one = new Batch("one", 5);
    const answer = Promise.withResolvers<void>();
    one.before = () => answer.promise;
    const feed = feedOf([one]);
    feed.setWork([one], 5);
    const pages = take(feed, { tabs: 5 }, 5);
    feed.stop();
    expect(await pages).toEqual(Array(5).fill(null));
    const finished = feed.finish();
    answer.resolve();
    await vi.advanceTimersByTimeAsync(0);
    expect([one.waiting, one.rendering]).toEqual([5, 0]);
    await vi.advanceTimersByTimeAsync(1000);
    await finished;
  });
});

describe("reports", () => {
  it("are collected and sent together", async () => {
    const one = new Batch("one", 4);
    const feed = feedOf([one]);
    const crew = { tabs: 4 };
    feed.setWork([one], 4);
    const pages = await take(feed, crew, 4);
    one.calls.length = 0;
    for (const page of pages.slice(0, 3)) feed.report(page as ClaimedPage, rendered);
    await vi.advanceTimersByTimeAsync(1499);
    expect(one.calls).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(one.calls).toHaveLength(1);
    expect(one.reports).toHaveLength(3);
    await feed.finish();
  });

  it("are sent at once if the batch has no other page here", async () => {
    const one = new Batch("one", 2);
    const feed = feedOf([one]);
    feed.setWork([one], 2);
    const [first, second] = await take(feed, { tabs: 2 }, 2);
    one.calls.length = 0;
    feed.report(first as ClaimedPage, rendered);
    feed.report(second as ClaimedPage, rendered);
    await vi.advanceTimersByTimeAsync(0);
    expect(one.reports).toHaveLength(2);
  });

  it("of the last page are soon sent even if a call is under way", async () => {
    const one = new Batch("one", 1);
    const feed = feedOf([one], { heartbeatMs: 1000 });
    feed.setWork([one], 1);
    const [page] = await take(feed, { tabs: 1 }, 1);
    const answer = Promise.withResolvers<void>();
    one.before = () => answer.promise;
    // The renewal of its lease.
    await vi.advanceTimersByTimeAsync(1000);
    expect(one.calls).toHaveLength(2);
    feed.report(page as ClaimedPage, rendered);
    answer.resolve();
    await vi.advanceTimersByTimeAsync(200);
    expect(one.reports).toEqual(["rendered"]);
  });

  it("are all sent before the feed has finished", async () => {
    const batches = [new Batch("one", 3), new Batch("other", 3, "other account")];
    const feed = feedOf(batches);
    feed.setWork(batches, 6);
    const pages = await take(feed, { tabs: 6 }, 6);
    for (const page of pages) feed.report(page as ClaimedPage, rendered);
    await feed.finish();
    for (const { reports } of batches) expect(reports).toEqual(Array(3).fill("rendered"));
  });

  it("are sent again if a call fails", async () => {
    const one = new Batch("one", 2);
    const feed = feedOf([one]);
    feed.setWork([one], 2);
    const pages = await take(feed, { tabs: 2 }, 2);
    one.calls.length = 0;
    let fails = 2;
    one.before = async () => {
      fails -= 1;
      if (fails >= 0) throw new Error("The tracker is down.");
    };
    vi.spyOn(console, "error").mockImplementation(() => {});
    for (const page of pages) feed.report(page as ClaimedPage, rendered);
    const finished = feed.finish();
    await vi.advanceTimersByTimeAsync(5000);
    await finished;
    expect(one.calls.map(({ reports }) => reports.length)).toEqual([2, 2, 2]);
    expect(one.rendering).toBe(0);
  });

  it("are given up after three calls that failed, with a line in the log for each", async () => {
    const one = new Batch("one", 2);
    const feed = feedOf([one]);
    feed.setWork([one], 2);
    const pages = await take(feed, { tabs: 2 }, 2);
    one.calls.length = 0;
    one.before = () => Promise.reject(new Error("The tracker is down."));
    const lines: string[] = [];
    vi.spyOn(console, "error").mockImplementation((line) => void lines.push(line));
    for (const page of pages) feed.report(page as ClaimedPage, rendered);
    const finished = feed.finish();
    await vi.advanceTimersByTimeAsync(5000);
    await finished;
    const lost = lines.map((line) => JSON.parse(line)).filter(({ event }) => event === "item.report_lost");
    const fields = { batch_id: "one", account_id: "account", rendering: 1, outcome: "rendered" };
    expect(lost).toMatchObject([
      { ...fields, item: 1 },
      { ...fields, item: 2 },
    ]);
    expect(one.calls).toHaveLength(3);
  });
});

describe("leases", () => {
  it("are renewed while their pages are in tabs or in stock, and not once they are reported", async () => {
    const one = new Batch("one", 3);
    const feed = feedOf([one], { heartbeatMs: 2000 });
    feed.setWork([one], 3);
    const [first, ...others] = await take(feed, { tabs: 3 }, 3);
    const renewed = async () => {
      one.calls.length = 0;
      await vi.advanceTimersByTimeAsync(2000);
      return one.calls.flatMap(({ renewals }) => renewals.map(({ idx }) => idx));
    };
    expect(await renewed()).toEqual([1, 2, 3]);
    feed.report(first as ClaimedPage, rendered);
    expect(await renewed()).toEqual([2, 3]);
    for (const page of others) feed.report(page as ClaimedPage, rendered);
    expect(await renewed()).toEqual([]);
    await feed.finish();
    one.calls.length = 0;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(one.calls).toEqual([]);
  });

  it("run out if a page has been held for longer than anything takes", async () => {
    const one = new Batch("one", 1);
    const feed = feedOf([one]);
    feed.setWork([one], 1);
    await take(feed, { tabs: 1 }, 1);
    await vi.advanceTimersByTimeAsync(5 * 60_000);
    one.calls.length = 0;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(one.calls).toEqual([]);
  });
});

describe("a crew", () => {
  it("waits while one of its tabs is at work, since its page may be handed out again, and then ends", async () => {
    const one = new Batch("one", 2);
    const feed = feedOf([one]);
    const crew = { tabs: 3 };
    feed.setWork([one], 3);
    const [first, second, third] = Array.from({ length: 3 }, () => feed.next(crew));
    const pages = [await first, await second];
    const waiting = [third];
    for (const page of pages) {
      expect(await isSettled(third as Promise<unknown>)).toBe(false);
      feed.report(page as ClaimedPage, rendered);
      waiting.push(feed.next(crew));
    }
    expect(await Promise.all(waiting)).toEqual([null, null, null]);
  });

  it("goes on with pages that become ready while it waits", async () => {
    const one = new Batch("one", 1);
    const feed = feedOf([one]);
    const crew = { tabs: 2 };
    feed.setWork([one], 2);
    await feed.next(crew);
    const waiting = feed.next(crew);
    expect(await isSettled(waiting)).toBe(false);
    one.waiting = 1;
    feed.setWork([one]);
    expect(await waiting).toMatchObject({ batchId: "one", assignment: { idx: 2 } });
  });

  it("is dismissed when its browser breaks, and others are not", async () => {
    const one = new Batch("one", 2);
    const feed = feedOf([one]);
    const [broken, fine] = [{ tabs: 2 }, { tabs: 2 }];
    feed.setWork([one], 2);
    await Promise.all([feed.next(broken), feed.next(fine)]);
    const [dismissed, waiting] = [feed.next(broken), feed.next(fine)];
    feed.dismiss(broken);
    expect(await dismissed).toBeNull();
    expect(await isSettled(waiting)).toBe(false);
  });

  it("gets no more pages than a consumer has CPU time for", async () => {
    const one = new Batch("one", 100);
    const feed = feedOf([one], { maxPages: 3 });
    feed.setWork([one], 5);
    const pages = await take(feed, { tabs: 5 }, 5);
    expect(batchesOf(pages)).toEqual(["one", "one", "one", undefined, undefined]);
    for (const page of pages) if (page) feed.report(page, rendered);
    await feed.finish();
    expect([one.waiting, one.rendering]).toEqual([97, 0]);
  });
});

describe("news for the pool", () => {
  it("is what each tracker said last, once", async () => {
    const batches = [new Batch("one", 10), new Batch("other", 2, "other account")];
    const feed = feedOf(batches);
    feed.setWork(batches, 6);
    await take(feed, { tabs: 6 }, 5);
    expect(feed.takeNews()).toEqual([
      { batchId: "one", waiting: 7, rendering: 3 },
      { batchId: "other", waiting: 0, rendering: 2 },
    ]);
    expect(feed.takeNews()).toEqual([]);
  });

  it("says of a batch that has completed or is gone that nothing is left", async () => {
    const gone: TrackerCalls = { exchange: async () => null };
    const feed = new PageFeed(env, () => gone, 10);
    feed.setWork([{ batchId: "gone", accountId: "account" }], 1);
    expect(await feed.next({ tabs: 1 })).toBeNull();
    expect(feed.takeNews()).toEqual([{ batchId: "gone", waiting: 0, rendering: 0 }]);
  });
});
