/** How trackers hear of the pages that a consumer has: reports and leases. The clock is the test's. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ClaimedPage } from "../../src/consumer/batch-source.ts";
import { Batch, feedOf, rendered, take } from "./stand-in-batches.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
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
