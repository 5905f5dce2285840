/** How a consumer's tabs get pages of several batches. The clock is the test's. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ClaimedPage } from "../../src/consumer/batch-source.ts";
import { PageFeed } from "../../src/consumer/page-feed.ts";
import type { TrackerCalls } from "../../src/protocol/tracker-calls.ts";
import {
  Batch,
  batchesOf,
  count,
  feedOf,
  isSettled,
  never,
  rendered,
  take,
  work,
} from "./stand-in-batches.ts";

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

  it("is a small batch's soon, too, if it comes while pages of a large one are in stock", async () => {
    const [large, small] = [new Batch("large", 5000), new Batch("small", 5)];
    const feed = feedOf([large, small]);
    feed.setWork([large], 8);
    const { taken, done } = work(feed, { tabs: 8 }, 280);
    await vi.advanceTimersByTimeAsync(10_000);
    feed.setWork([large, small]);
    await vi.advanceTimersByTimeAsync(1500);
    expect(count(taken, "small")).toBe(5);
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
