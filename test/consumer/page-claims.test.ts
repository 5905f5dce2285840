/** How a consumer claims pages from several batches. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PageClaims } from "../../src/consumer/page-claims.ts";
import type { RenderJob } from "../../src/protocol/claim.ts";
import type { TicketGroup } from "../../src/protocol/ticket.ts";
import type { TrackerCalls } from "../../src/protocol/tracker-calls.ts";

const tickets: TicketGroup[] = [{ sentAt: 1, count: 1 }];

/** A batch with a number of pages. Its answers take a moment. */
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

function claimsOf(batches: Record<string, Batch>, { runMs = 5000, heartbeatMs = 5000 } = {}): PageClaims {
  const inHand = new Map(Object.keys(batches).map((id) => [id, [...tickets]]));
  const consumer = { ...env, RENDER_HEARTBEAT_MS: heartbeatMs };
  return new PageClaims(consumer, inHand, (id) => batches[id] as Batch, runMs);
}

/** The batches of the pages that so many tabs get when they ask at the same time. */
async function nextOf(claims: PageClaims, tabs: number): Promise<(string | undefined)[]> {
  const pages = await Promise.all(Array.from({ length: tabs }, () => claims.next()));
  return pages.map((page) => page?.batchId);
}

describe("PageClaims", () => {
  it("hands pages of one batch to all tabs at the same time", async () => {
    const claims = claimsOf({ one: new Batch("one", 10) });
    expect(await nextOf(claims, 6)).toEqual(["one", "one", "one", "one", "one", "one"]);
  });

  it("gives a small batch as many tabs as a large one, and the large one the rest", async () => {
    const claims = claimsOf({ large: new Batch("large", 100), small: new Batch("small", 2) });
    expect(await nextOf(claims, 4)).toEqual(["large", "small", "large", "small"]);
    expect(await nextOf(claims, 3)).toEqual(["large", "large", "large"]);
  });

  it("uses up all tickets when the run's time is over, and claims nothing else", async () => {
    const [one, other] = [new Batch("one", 5), new Batch("other", 5)];
    const claims = claimsOf({ one, other }, { runMs: 0 });
    expect(await nextOf(claims, 4)).toEqual(["one", "other", undefined, undefined]);
    expect([one.claims, other.claims]).toEqual([1, 1]);
  });

  it("gives back the tickets that it has not used", async () => {
    const [one, other] = [new Batch("one", 5), new Batch("other", 5)];
    const claims = claimsOf({ one, other });
    await claims.next();
    await claims.giveBackTickets(700);
    expect([one.told, other.told]).toEqual([["1 picked up"], ["1 given back for 700 ms"]]);
  });

  describe("while pages are being rendered", () => {
    beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
    afterEach(() => void vi.useRealTimers());

    it("renews their leases with each heartbeat, until they are reported", async () => {
      const one = new Batch("one", 2);
      const claims = claimsOf({ one }, { heartbeatMs: 20 });
      const [first, second] = [await claims.next(), await claims.next()];
      if (!first || !second) throw new Error("There are two pages.");
      const renewed = () => {
        one.told.length = 0;
        vi.advanceTimersByTime(20);
        return one.told;
      };
      expect(renewed()).toEqual(["still rendering 1, 0"]);
      await claims.report(first, { kind: "rendered" });
      expect(renewed()).toEqual(["still rendering 0"]);
      await claims.report(second, { kind: "rendered" });
      expect(renewed()).toEqual([]);
    });
  });
});
