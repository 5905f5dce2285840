/** Consumer runs with the real pool and real browsers. A stand-in for each batch's tracker hands out its pages. */
import { env } from "cloudflare:workers";
import { afterAll, describe, expect, inject, it, vi } from "vitest";
import type { BrowserPool } from "../../src/browsers/pool.ts";
import { consumeTickets } from "../../src/consumer/consume.ts";
import { contentKey } from "../../src/content/stored-parts.ts";
import type { Assignment, Claim } from "../../src/protocol/claim.ts";
import type { Outcome, Report } from "../../src/protocol/report.ts";
import type { Exchange, TrackerCalls } from "../../src/protocol/tracker-calls.ts";
import type { PagesLeft } from "../../src/protocol/work.ts";
import { consumerOf, withPool } from "../browsers/own-pool.ts";
import { closeAllSessions, crash, runningSessions } from "../browsers/sessions.ts";

interface BatchOptions {
  accountId?: string;
  country?: string | null;
  attempts?: number;
}

const site = inject("site");
const limits = {
  NAVIGATION_TIMEOUT_MS: 6000,
  SETTLE_TIMEOUT_MS: 5000,
  PAGE_TIMEOUT_MS: 12_000,
  TABS_PER_LEASE: 3,
};

/** A batch whose pages are handed out once each, and again after a transient failure while they have attempts left. */
class Batch implements TrackerCalls {
  readonly id = `batch_${crypto.randomUUID()}`;
  readonly accountId: string;
  readonly country: string | null;
  readonly outcomes = new Map<string, Outcome[]>();
  /** Called with each page's path as it is handed out. */
  onClaim: (path: string) => Promise<void> = async () => {};
  onReport: () => Promise<void> = async () => {};
  readonly #paths: string[];
  readonly #waiting: Assignment[];
  readonly #attempts: number;
  #rendering = 0;

  constructor(paths: string[], { accountId = "account", country = null, attempts = 3 }: BatchOptions = {}) {
    this.accountId = accountId;
    this.country = country;
    this.#attempts = attempts;
    this.#paths = paths;
    this.#waiting = paths.map((path, idx) => ({ idx, url: new URL(path, site).href, rendering: 1 }));
  }

  get left(): PagesLeft {
    return { waiting: this.#waiting.length, rendering: this.#rendering };
  }

  async exchange({ reports, needed, ahead }: Exchange): Promise<Claim> {
    if (reports.length > 0) await this.onReport();
    for (const report of reports) this.#record(report);
    const assignments = this.#waiting.splice(0, needed + ahead);
    this.#rendering += assignments.length;
    for (const { idx } of assignments) await this.onClaim(this.#pathOf(idx));
    const { id: batchId, accountId, country, left } = this;
    return { job: { batchId, accountId, country, linksOnPage: null, parser: null }, assignments, left };
  }

  #record({ idx, rendering, outcome }: Report): void {
    const path = this.#pathOf(idx);
    this.#rendering -= 1;
    this.outcomes.set(path, [...(this.outcomes.get(path) ?? []), outcome]);
    const isFinal = outcome.kind === "rendered" || (outcome.kind === "failed" && !outcome.transient);
    if (isFinal || rendering >= this.#attempts) return;
    this.#waiting.push({ idx, url: new URL(path, site).href, rendering: rendering + 1 });
  }

  /** How each page's renderings ended: `rendered`, or the failure's code. */
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

/** All runs use this pool's storage, so they have the same browsers. */
const stub = env.BROWSER_POOL.get(env.BROWSER_POOL.newUniqueId());

/** Announces batches, and consumes one ticket of each of their countries. `meddle` may change the pool that the run calls. */
async function run(
  batches: Batch[],
  overrides: Record<string, unknown> = {},
  meddle: (pool: BrowserPool) => Partial<BrowserPool> = () => ({}),
): Promise<void> {
  await withPool(stub, { ...limits, ...overrides }, async (pool) => {
    for (const { id: batchId, accountId, country, left } of batches) {
      await pool.announce({ batchId, accountId, country, ...left });
    }
    const called = Object.assign(Object.create(callable(pool)), meddle(pool));
    const countries = new Set(batches.map(({ country }) => country));
    const tickets = Array.from(countries, (country) => ({ country, sentAt: Date.now() }));
    await consumeTickets(tickets, consumerOf(called, { ...limits, ...overrides }), (id) => {
      const batch = batches.find((some) => some.id === id);
      if (!batch) throw new Error(`There is no batch ${id}.`);
      return batch;
    });
  });
}

/** The pool's methods, bound to it. */
function callable(pool: BrowserPool): Partial<BrowserPool> {
  const names = ["begin", "renew", "end", "release", "state"] as const;
  return Object.fromEntries(names.map((name) => [name, (pool[name] as () => unknown).bind(pool)]));
}

afterAll(closeAllSessions);

const tiny = (count: number) => Array.from({ length: count }, (_, n) => `/tiny/${n + 1}`);
const all = (paths: string[], ends: string[]) => Object.fromEntries(paths.map((path) => [path, ends]));

describe("a consumer run", () => {
  it("renders the pages of all its batches, each once", async () => {
    const batches = [
      new Batch(tiny(4)),
      new Batch(["/tiny/9", "/fault/status/404"], { accountId: "another account" }),
    ];
    await run(batches);
    expect(batches[0]?.ends).toEqual(all(tiny(4), ["rendered"]));
    expect(batches[1]?.ends).toEqual({ "/tiny/9": ["rendered"], "/fault/status/404": ["http_error"] });
    expect(await batches[0]?.htmlOf("/tiny/3")).toContain("3");
  });

  it("reuses the browser of the run before", async () => {
    await run([new Batch(tiny(1))]);
    const before = await runningSessions();
    for (let n = 0; n < 3; n += 1) {
      const batch = new Batch(tiny(2));
      await run([batch]);
      expect(batch.ends).toEqual(all(tiny(2), ["rendered"]));
    }
    expect(await runningSessions()).toEqual(before);
  });

  it("renders its pages in another browser if the idle one has died", async () => {
    await run([new Batch(tiny(1))]);
    for (const session of await runningSessions()) await crash(session);
    const batch = new Batch(tiny(2));
    await run([batch]);
    expect(batch.ends).toEqual(all(tiny(2), ["rendered"]));
  });

  it("loses only the page that hangs its tab, and keeps the browser", async () => {
    const before = await runningSessions();
    const batch = new Batch(["/fault/js-loop", ...tiny(8)], { attempts: 1 });
    await run([batch]);
    expect(batch.ends).toEqual({ "/fault/js-loop": ["timeout"], ...all(tiny(8), ["rendered"]) });
    expect(await runningSessions()).toEqual(before);
  });

  it("renders the pages of a browser that died in another one", async () => {
    const paths = ["/spa/slow-answer", ...tiny(3)];
    const batch = new Batch(paths);
    const [doomed = ""] = await runningSessions();
    batch.onClaim = async (path) => {
      if (path !== "/tiny/3") return;
      batch.onClaim = async () => {};
      await crash(doomed);
    };
    await run([batch], {});
    expect(batch.ends["/spa/slow-answer"]).toEqual(["page_crashed"]);
    await run([batch], {});
    for (const path of paths) expect(batch.ends[path]?.at(-1), path).toBe("rendered");
    expect(await runningSessions()).not.toContain(doomed);
  });

  it("uses the login in a page's own URL, and never for another page", async () => {
    const withLogin = `${site.replace("//", "//someone:secret@")}/fault/protected`;
    const batch = new Batch(["/fault/protected?1", withLogin, "/fault/protected?2"]);
    await run([batch], { TABS_PER_LEASE: 1 });
    expect(batch.ends).toEqual({
      "/fault/protected?1": ["http_error"],
      [withLogin]: ["rendered"],
      "/fault/protected?2": ["http_error"],
    });
  });

  it("keeps what a page stored from other pages, of its own account or another", async () => {
    const batches = [
      new Batch(["/fault/storage?1", "/fault/storage?2"]),
      new Batch(["/fault/storage?3"], { accountId: "another account" }),
    ];
    await run(batches, { TABS_PER_LEASE: 1 });
    const pages = [
      await batches[0]?.htmlOf("/fault/storage?1"),
      await batches[0]?.htmlOf("/fault/storage?2"),
      await batches[1]?.htmlOf("/fault/storage?3"),
    ];
    for (const html of pages) expect(/id="out"[^>]*>([^<]*)</.exec(html ?? "")?.[1]).toBe("clean");
  });

  it("holds one browser at a time, whatever countries its tickets are for", async () => {
    const batches = ["DE", "FR", null].map((country) => new Batch(tiny(4), { country }));
    const leased: number[] = [];
    await run(batches, {}, (pool) => {
      for (const batch of batches) {
        batch.onReport = async () => void leased.push((await pool.state()).leased);
      }
      return {};
    });
    for (const batch of batches) expect(batch.ends).toEqual(all(tiny(4), ["rendered"]));
    expect(Math.max(...leased)).toBe(1);
  });

  it("says which step took too long, to the client and in the log", async () => {
    const warnings: string[] = [];
    const warn = vi.spyOn(console, "warn").mockImplementation((line) => void warnings.push(line));
    const batch = new Batch(tiny(1), { attempts: 1 });
    const stuck = { put: () => new Promise(() => {}) };
    await run([batch], { IO_TIMEOUT_MS: 1000, CONTENT: stuck });
    warn.mockRestore();
    const message = "Saving the page took longer than 1000 ms.";
    expect(batch.outcomes.get("/tiny/1")).toMatchObject([{ kind: "failed", code: "timeout", message }]);
    const logged = warnings.map((line) => JSON.parse(line)).find(({ event }) => event === "page.timed_out");
    expect(logged).toMatchObject({ batch_id: batch.id, error: "Saving the page took longer than 1000 ms" });
  });

  it("asks for no browser's work that others do: it ends at once, and launches none", async () => {
    const before = await runningSessions();
    const begun: unknown[] = [];
    await withPool(stub, limits, async (pool) => {
      const called = callable(pool);
      called.begin = async (...asked) => {
        const answer = await pool.begin(...asked);
        begun.push(answer);
        return answer;
      };
      called.end = async () => void begun.push("ended");
      await consumeTickets([{ country: null, sentAt: Date.now() }], consumerOf(called, limits), () => {
        throw new Error("There are no batches.");
      });
    });
    expect(begun).toEqual([{ waitMs: 0 }]);
    expect(await runningSessions()).toEqual(before);
  });

  it("leaves no trace in the pool once it has ended, and has told what is left", async () => {
    const told: unknown[] = [];
    let state: unknown;
    const batch = new Batch(tiny(4));
    await run([batch], {}, (pool) => ({
      renew: async (report) => {
        told.push(...report.news);
        return await pool.renew(report);
      },
      end: async (consumer, leases, news) => {
        told.push(...news);
        await pool.end(consumer, leases, news);
        state = await pool.state();
      },
    }));
    expect(told.at(-1)).toEqual({ batchId: batch.id, waiting: 0, rendering: 0 });
    expect(state).toMatchObject({ leased: 0, consumers: 0, batchesWaiting: 0 });
  });

  it("starts no more pages once the pool says so, and gives back those in stock", async () => {
    const batch = new Batch(tiny(500));
    const directions = { work: [], mayGoOn: false, moreBrowsers: 0, againInMs: 2000, lost: [] };
    await run([batch], {}, () => ({ renew: async () => directions }));
    const ends = Object.values(batch.ends).flat();
    expect(ends.filter((end) => end === "rendered").length).toBeGreaterThan(0);
    expect(batch.left.rendering).toBe(0);
    expect(batch.left.waiting + ends.filter((end) => end === "rendered").length).toBe(500);
  });

  it("gives up a browser whose lease has run out: it may be another's", async () => {
    const [session = ""] = await runningSessions();
    const batch = new Batch(["/spa/slow-answer", ...tiny(1)], { attempts: 1 });
    let calls = 0;
    await run([batch], {}, () => ({
      renew: async ({ leases }) => {
        calls += 1;
        return { work: [], mayGoOn: true, moreBrowsers: 0, againInMs: 2000, lost: leases };
      },
    }));
    expect(calls).toBeGreaterThan(0);
    expect(await runningSessions()).not.toContain(session);
  });

  it("renders in a second browser if the pool says so, and gives both back", async () => {
    // The first page keeps the first browser's only tab busy until the pool has been called.
    const paths = ["/spa/slow-answer", ...tiny(60)];
    const batch = new Batch(paths);
    let most = 0;
    await run([batch], { TABS_PER_LEASE: 1 }, (pool) => ({
      renew: async (report) => {
        const directions = await pool.renew(report);
        most = Math.max(most, report.leases.length);
        return { ...directions, moreBrowsers: 2 - report.leases.length, againInMs: 200 };
      },
    }));
    expect(batch.ends).toEqual(all(paths, ["rendered"]));
    expect(most).toBe(2);
  });

  it("warns of each page if Browser Run cannot render from its country", async () => {
    const homebound = {
      fetch: async (input: string, init?: RequestInit) => {
        if (new URL(input).searchParams.has("location"))
          return new Response("Invalid location", { status: 400 });
        return await env.BROWSER.fetch(input, init);
      },
    };
    const batches = [new Batch(tiny(2), { country: "NO" }), new Batch(tiny(1))];
    await run(batches, { BROWSER: homebound });
    const warnings = batches.map(({ outcomes }) =>
      Array.from(outcomes.values(), ([outcome]) => outcome?.kind === "rendered" && outcome.warnings),
    );
    expect(warnings).toEqual([[["country_not_applied"], ["country_not_applied"]], [undefined]]);
  });
});
