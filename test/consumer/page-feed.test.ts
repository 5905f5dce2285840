/** Where a consumer's tabs get their pages. */
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { PageFeed } from "../../src/consumer/page-feed.ts";
import type { RenderJob } from "../../src/protocol/claim.ts";
import type { TicketGroup } from "../../src/protocol/ticket.ts";
import type { TrackerCalls } from "../../src/protocol/tracker-calls.ts";

const tickets: TicketGroup[] = [{ sentAt: 1, count: 1 }];

/** A batch with so many pages, that answers after a moment. */
class Batch implements TrackerCalls {
  pages: number;
  claims = 0;
  readonly told: string[] = [];
  readonly #id: string;

  constructor(id: string, pages: number) {
    this.#id = id;
    this.pages = pages;
  }

  async claim(inHand: TicketGroup[]) {
    this.claims += 1;
    this.told.push(...inHand.map(({ count }) => `${count} picked up`));
    await new Promise((resolve) => setTimeout(resolve, 5));
    const job = { batchId: this.#id } as RenderJob;
    if (this.pages === 0) return { job, assignments: [] };
    this.pages -= 1;
    return { job, assignments: [{ idx: this.pages, url: "https://shop.example/", rendering: 1 }] };
  }

  async report() {}

  async stillRendering(renderings: { idx: number }[]) {
    this.told.push(`still rendering ${renderings.map(({ idx }) => idx).join(", ")}`);
  }

  async giveBack(inHand: TicketGroup[], waitMs: number) {
    this.told.push(...inHand.map(({ count }) => `${count} given back for ${waitMs} ms`));
  }
}

function feedOf(batches: Record<string, Batch>, overrides: Record<string, number> = {}): PageFeed {
  const inHand = new Map(Object.keys(batches).map((id) => [id, [...tickets]]));
  return new PageFeed({ ...env, ...overrides } as typeof env, inHand, (id) => batches[id] as Batch);
}

async function nextOf(feed: PageFeed, tabs: number): Promise<(string | undefined)[]> {
  const works = await Promise.all(Array.from({ length: tabs }, () => feed.next()));
  return works.map((work) => work?.batchId);
}

describe("PageFeed", () => {
  it("gives all tabs pages of one batch at the same time", async () => {
    const feed = feedOf({ one: new Batch("one", 10) });
    expect(await nextOf(feed, 6)).toEqual(["one", "one", "one", "one", "one", "one"]);
  });

  it("gives a small batch as many tabs as a large one, and the large one the rest", async () => {
    const feed = feedOf({ large: new Batch("large", 100), small: new Batch("small", 2) });
    expect(await nextOf(feed, 4)).toEqual(["large", "small", "large", "small"]);
    expect(await nextOf(feed, 3)).toEqual(["large", "large", "large"]);
  });

  it("uses up all tickets when the run's time is over, and asks for nothing else", async () => {
    const [one, other] = [new Batch("one", 5), new Batch("other", 5)];
    const feed = feedOf({ one, other }, { CONSUMER_RUN_MS: 0 });
    expect(await nextOf(feed, 4)).toEqual(["one", "other", undefined, undefined]);
    expect([one.claims, other.claims]).toEqual([1, 1]);
  });

  it("gives back the tickets that it has not used", async () => {
    const [one, other] = [new Batch("one", 5), new Batch("other", 5)];
    const feed = feedOf({ one, other });
    await feed.next();
    await feed.giveBack(700);
    expect([one.told, other.told]).toEqual([["1 picked up"], ["1 given back for 700 ms"]]);
  });

  it("says which pages are still being rendered, until they are reported", async () => {
    const one = new Batch("one", 2);
    const feed = feedOf({ one }, { RENDER_HEARTBEAT_MS: 20 });
    const [first, second] = [await feed.next(), await feed.next()];
    await vi.waitFor(() => expect(one.told).toContain("still rendering 1, 0"));
    if (!first || !second) throw new Error("There are two pages.");
    await feed.report(first, { kind: "rendered" });
    one.told.length = 0;
    await vi.waitFor(() => expect(one.told).toContain("still rendering 0"));
    await feed.report(second, { kind: "rendered" });
    one.told.length = 0;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(one.told).toEqual([]);
  });
});
