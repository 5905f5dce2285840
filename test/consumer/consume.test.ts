/** Consumer runs with the real pool and real browsers, and batches that stand in for their trackers. */
import { env } from "cloudflare:workers";
import puppeteer from "@cloudflare/puppeteer";
import { afterAll, describe, expect, inject, it } from "vitest";
import { consumeTickets } from "../../src/consumer/consume.ts";
import { contentKey } from "../../src/content/parts.ts";
import type { Assignment, Claim } from "../../src/protocol/claim.ts";
import type { Outcome, Report } from "../../src/protocol/report.ts";
import type { TrackerCalls } from "../../src/protocol/tracker-calls.ts";

const site = inject("site");
const limits = {
  NAVIGATION_TIMEOUT_MS: 3000,
  SETTLE_TIMEOUT_MS: 2000,
  PAGE_TIMEOUT_MS: 7000,
  TABS_PER_LEASE: 3,
};

/** A batch that hands its pages out once each, and again after a transient failure. */
class Batch implements TrackerCalls {
  readonly id: string;
  readonly accountId: string;
  readonly outcomes = new Map<string, Outcome[]>();
  /** Called with each page's path as it is handed out. */
  onClaim: (path: string) => Promise<void> = async () => {};
  readonly #paths: string[];
  readonly #waiting: Assignment[];

  constructor(paths: string[], accountId = "account") {
    this.id = `batch_${crypto.randomUUID()}`;
    this.accountId = accountId;
    this.#paths = paths;
    this.#waiting = paths.map((path, idx) => ({ idx, url: new URL(path, site).href, rendering: 1 }));
  }

  async claim(_tickets: unknown, limit: number): Promise<Claim> {
    const assignments = this.#waiting.splice(0, limit);
    for (const { idx } of assignments) await this.onClaim(this.#pathOf(idx));
    const { id: batchId, accountId } = this;
    return { job: { batchId, accountId, country: null, linksOnPage: null, parser: null }, assignments };
  }

  async report(reports: Report[]): Promise<void> {
    for (const { idx, rendering, outcome } of reports) {
      const path = this.#pathOf(idx);
      this.outcomes.set(path, [...(this.outcomes.get(path) ?? []), outcome]);
      if (outcome.kind !== "failed" || !outcome.transient) continue;
      this.#waiting.push({ idx, url: new URL(path, site).href, rendering: rendering + 1 });
    }
  }

  async stillRendering(): Promise<void> {}

  async giveBack(): Promise<void> {}

  /** How each rendering of a page ended: `rendered`, or the failure's code. */
  get ends(): Record<string, string[]> {
    const endOf = (outcome: Outcome) => (outcome.kind === "failed" ? outcome.code : outcome.kind);
    return Object.fromEntries(Array.from(this.outcomes, ([path, outcomes]) => [path, outcomes.map(endOf)]));
  }

  async htmlOf(path: string): Promise<string | undefined> {
    const idx = this.#paths.indexOf(path);
    const key = contentKey(this.accountId, this.id, idx, this.outcomes.get(path)?.length ?? 0);
    return (await env.CONTENT.get(`${key}/html`))?.text();
  }

  #pathOf(idx: number): string {
    return this.#paths[idx] ?? "";
  }
}

async function run(batches: Batch[], overrides: Record<string, unknown> = {}): Promise<void> {
  const tickets = batches.map(({ id: batch }) => ({ batch, country: null, sentAt: Date.now() }));
  await consumeTickets(tickets, { ...env, ...limits, ...overrides }, (id) => {
    const batch = batches.find((some) => some.id === id);
    if (!batch) throw new Error(`There is no batch ${id}.`);
    return batch;
  });
}

async function sessions(): Promise<string[]> {
  return (await puppeteer.sessions(env.BROWSER)).map(({ sessionId }) => sessionId);
}

async function kill(sessionId: string): Promise<void> {
  const browser = await puppeteer.connect(env.BROWSER, sessionId);
  await browser.close();
}

afterAll(async () => {
  for (const sessionId of await sessions()) await kill(sessionId);
});

const tiny = (count: number) => Array.from({ length: count }, (_, n) => `/tiny/${n + 1}`);
const all = (paths: string[], ends: string[]) => Object.fromEntries(paths.map((path) => [path, ends]));

describe("a consumer run", () => {
  it("renders the pages of all its batches, each once", async () => {
    const batches = [new Batch(tiny(4)), new Batch(["/tiny/9", "/fault/status/404"], "another account")];
    await run(batches);
    expect(batches[0]?.ends).toEqual(all(tiny(4), ["rendered"]));
    expect(batches[1]?.ends).toEqual({ "/tiny/9": ["rendered"], "/fault/status/404": ["http_error"] });
    expect(await batches[0]?.htmlOf("/tiny/3")).toContain("3");
  });

  it("uses the browser of the run before it", async () => {
    await run([new Batch(tiny(1))]);
    const before = await sessions();
    for (let n = 0; n < 3; n += 1) {
      const batch = new Batch(tiny(2));
      await run([batch]);
      expect(batch.ends).toEqual(all(tiny(2), ["rendered"]));
    }
    expect(await sessions()).toEqual(before);
  });

  it("loses no page but the one that hangs its tab, and keeps the browser", async () => {
    const before = await sessions();
    const batch = new Batch(["/fault/js-loop", ...tiny(8)]);
    await run([batch], { CONSUMER_RUN_MS: 1500 });
    expect(batch.ends).toEqual({ "/fault/js-loop": ["timeout"], ...all(tiny(8), ["rendered"]) });
    expect(await sessions()).toEqual(before);
  });

  it("renders what a dying browser held in another one", async () => {
    const paths = ["/spa/slow-answer", ...tiny(3)];
    const batch = new Batch(paths);
    const [doomed = ""] = await sessions();
    batch.onClaim = async (path) => {
      if (path !== "/tiny/3") return;
      batch.onClaim = async () => {};
      await kill(doomed);
    };
    await run([batch], { SETTLE_TIMEOUT_MS: 5000 });
    expect(batch.ends["/spa/slow-answer"]).toEqual(["page_crashed"]);
    await run([batch], { SETTLE_TIMEOUT_MS: 5000 });
    for (const path of paths) expect(batch.ends[path]?.at(-1), path).toBe("rendered");
    expect(await sessions()).not.toContain(doomed);
  });

  it("logs a page in by what its own address says, and not by another's", async () => {
    const withLogin = `${site.replace("//", "//someone:secret@")}/fault/protected`;
    const batch = new Batch(["/fault/protected?1", withLogin, "/fault/protected?2"]);
    await run([batch], { TABS_PER_LEASE: 1, CONSUMER_RUN_MS: 10_000 });
    expect(batch.ends).toEqual({
      "/fault/protected?1": ["http_error"],
      [withLogin]: ["rendered"],
      "/fault/protected?2": ["http_error"],
    });
  });

  it("shows a page nothing of other pages, of its own account or another", async () => {
    const batches = [
      new Batch(["/fault/storage?1", "/fault/storage?2"]),
      new Batch(["/fault/storage?3"], "another account"),
    ];
    await run(batches, { TABS_PER_LEASE: 1, CONSUMER_RUN_MS: 10_000 });
    const pages = [
      await batches[0]?.htmlOf("/fault/storage?1"),
      await batches[0]?.htmlOf("/fault/storage?2"),
      await batches[1]?.htmlOf("/fault/storage?3"),
    ];
    for (const html of pages) expect(/id="out"[^>]*>([^<]*)</.exec(html ?? "")?.[1]).toBe("clean");
  });
});
