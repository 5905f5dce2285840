/** A page feed with stand-ins for its batches' trackers. */
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import type { ClaimedPage } from "../../src/consumer/batch-source.ts";
import { type Crew, PageFeed } from "../../src/consumer/page-feed.ts";
import type { Claim, RenderJob } from "../../src/protocol/claim.ts";
import type { Outcome } from "../../src/protocol/report.ts";
import type { Exchange, TrackerCalls } from "../../src/protocol/tracker-calls.ts";

export const rendered: Outcome = { kind: "rendered", httpStatus: 200 };
/** What never answers. */
export const never = new Promise<never>(() => {});

/** The tracker of a batch with a number of pages. It hands out all that it is asked for, and keeps the calls. */
export class Batch implements TrackerCalls {
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

export function feedOf(batches: Batch[], { maxPages = 10_000, heartbeatMs = 5000 } = {}): PageFeed {
  const consumer = { ...env, RENDER_HEARTBEAT_MS: heartbeatMs };
  return new PageFeed(consumer, (id) => batches.find(({ batchId }) => batchId === id) as Batch, maxPages);
}

/** The pages that so many tabs of a crew get when they ask at the same time. */
export async function take(feed: PageFeed, crew: Crew, tabs: number): Promise<(ClaimedPage | null)[]> {
  return await Promise.all(Array.from({ length: tabs }, () => feed.next(crew)));
}

export function batchesOf(pages: (ClaimedPage | null)[]): (string | undefined)[] {
  return pages.map((page) => page?.batchId).sort();
}

/**
 * Renders page after page in each tab. Returns the batches of the pages, in the order in which tabs took them.
 *
 * @param msPerPage for a page, or from and to which times vary
 */
export function work(
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
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  await vi.advanceTimersByTimeAsync(0);
  return await Promise.race([promise.then(() => true), Promise.resolve(false)]);
}

export const count = (list: unknown[], value: unknown) => list.filter((one) => one === value).length;
