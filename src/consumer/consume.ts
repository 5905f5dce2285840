/**
 * The queue's consumer: takes tickets, gets a browser, and renders pages of the tickets' batches in several tabs until
 * there are none or the run has lasted long enough.
 *
 * A ticket that a consumer has taken is done with, whatever comes of it: the tracker sends new ones for what is left.
 */
import type { Browser } from "@cloudflare/puppeteer";
import { leaseBrowser } from "../browsers/lease.ts";
import { TimeLimitError, withinTime } from "../io/time-limit.ts";
import { RenderFailure } from "../protocol/render-failure.ts";
import type { Outcome } from "../protocol/report.ts";
import type { RenderTicket, TicketGroup } from "../protocol/ticket.ts";
import type { TrackerCalls } from "../protocol/tracker-calls.ts";
import type { RenderedPage } from "../render/rendered-page.ts";
import { COMMAND_TIMEOUT_MS, Renderer } from "../render/renderer.ts";
import type { Tab } from "../render/tab.ts";
import { type Env, type Settings, settings } from "../settings.ts";
import { type LogFields, type LogLevel, log, messageOf } from "../text/log.ts";
import { PageFeed, type PageWork } from "./page-feed.ts";
import { savePage } from "./save-page.ts";

/** Consumes tickets. `trackerOf` gives a batch's tracker. Does not throw. */
export async function consumeTickets(
  tickets: readonly RenderTicket[],
  env: Env,
  trackerOf: (batchId: string) => TrackerCalls,
): Promise<void> {
  await Promise.all(
    Array.from(ticketsByCountry(tickets), async ([country, batches]) => {
      const feed = new PageFeed(env, batches, trackerOf);
      try {
        await new ConsumerRun(env, country, feed).run();
      } catch (thrown) {
        log("error", "consumer.run_failed", { country, error: messageOf(thrown) });
      }
      await feed.giveBack(0);
    }),
  );
}

function ticketsByCountry(tickets: readonly RenderTicket[]): Map<string | null, Map<string, TicketGroup[]>> {
  const countries = new Map<string | null, Map<string, TicketGroup[]>>();
  for (const { batch, country, sentAt } of tickets) {
    const batches = countries.get(country) ?? new Map<string, TicketGroup[]>();
    const inHand = batches.get(batch) ?? [];
    const same = inHand.find((some) => some.sentAt === sentAt);
    if (same) same.count += 1;
    else inHand.push({ sentAt, count: 1 });
    countries.set(country, batches.set(batch, inHand));
  }
  return countries;
}

/** One browser, and what is rendered in it. */
class ConsumerRun {
  readonly #env: Env;
  readonly #settings: Settings;
  readonly #country: string | null;
  readonly #feed: PageFeed;
  readonly #rendering: Renderer;
  /** Browser Run's id of the browser. */
  #session: string | undefined;
  #broken = false;

  constructor(env: Env, country: string | null, feed: PageFeed) {
    this.#env = env;
    this.#settings = settings(env);
    this.#rendering = new Renderer(env, country);
    this.#country = country;
    this.#feed = feed;
  }

  async run(): Promise<void> {
    // A browser is asked for only when there is a page for it: tickets may be stale.
    const first = await this.#feed.next();
    if (!first) return;
    const leased = await this.#lease();
    if ("waitMs" in leased) {
      const { waitMs } = leased;
      await Promise.all([
        this.#feed.report(first, { kind: "released", retryAfterMs: waitMs }),
        this.#feed.giveBack(waitMs),
      ]);
      return;
    }
    const { browser, release } = leased;
    this.#session = browser.sessionId();
    browser.on("disconnected", () => {
      this.#broken = true;
    });
    const tabs = Array.from({ length: this.#settings.TABS_PER_LEASE }, (_, n) =>
      this.#renderInOneTab(browser, n === 0 ? first : null),
    );
    await Promise.all(tabs);
    const wasBroken = this.#broken;
    await withinTime(COMMAND_TIMEOUT_MS, "Disconnecting", browser.disconnect()).catch(() => {});
    await release({ broken: wasBroken });
  }

  async #lease() {
    try {
      return await leaseBrowser(this.#env, this.#country);
    } catch (thrown) {
      log("warn", "browser.not_leased", { error: messageOf(thrown) });
      return { waitMs: 1000 };
    }
  }

  /** Renders one page after another. The tab is made for the first page, and anew after one that may have hurt it. */
  async #renderInOneTab(browser: Browser, first: PageWork | null): Promise<void> {
    let tab: Tab | undefined;
    let accountId: string | undefined;
    let reported: Promise<void> = Promise.resolve();
    for (let work = first ?? (await this.#feed.next()); work; ) {
      const current: PageWork = work;
      if (tab && accountId !== current.job.accountId) tab = await this.#discard(tab);
      accountId = current.job.accountId;
      const rendering = await this.#render(browser, tab, current);
      // A page that has been taken is left at once: it would go on.
      const cleared = rendering.tab();
      // A page is saved and reported while the next one is being rendered; no more than one, for the memory it takes.
      await reported;
      reported = rendering.outcome().then((outcome) => this.#feed.report(current, outcome));
      [tab, work] = await Promise.all([cleared, this.#broken ? null : this.#feed.next()]);
    }
    await Promise.all([reported, tab && this.#discard(tab)]);
  }

  /** Renders a page. What is left to do then comes as functions: saving it, and making the tab fit for the next. */
  async #render(
    browser: Browser,
    given: Tab | undefined,
    work: PageWork,
  ): Promise<{ tab: () => Promise<Tab | undefined>; outcome: () => Promise<Outcome> }> {
    const { url } = work.assignment;
    const startedAt = Date.now();
    this.#log("debug", "page.begun", work);
    let tab = given;
    try {
      const opened: Tab = tab ?? (await this.#rendering.openTab(browser));
      tab = opened;
      const page = await this.#rendering.render(opened, url);
      const ms = Date.now() - startedAt;
      return {
        tab: () => this.#clear(opened, work),
        outcome: async () => ({ ...(await this.#save(work, page)), ms }),
      };
    } catch (thrown) {
      const outcome = { ...this.#failed(thrown, work), ms: Date.now() - startedAt };
      const used = tab;
      const next = async () =>
        used &&
        (thrown instanceof RenderFailure && thrown.leavesTabFit
          ? this.#clear(used, work)
          : this.#discard(used));
      return { tab: next, outcome: async () => outcome };
    }
  }

  async #save(work: PageWork, page: RenderedPage): Promise<Outcome> {
    try {
      const saving = savePage(this.#env, work.job, work.assignment, page);
      return await withinTime(this.#settings.IO_TIMEOUT_MS, "Saving the page", saving);
    } catch (thrown) {
      return this.#failed(thrown, work);
    }
  }

  /** The tab, fit for the next page; or none, when it could not be made so. */
  async #clear(tab: Tab, work: PageWork): Promise<Tab | undefined> {
    // The browser would go on logging in to that site, for as long as the tab's context is there.
    const { username, password } = new URL(work.assignment.url);
    if (username || password) return await this.#discard(tab);
    try {
      await withinTime(COMMAND_TIMEOUT_MS, "Clearing a tab", tab.leave());
      return tab;
    } catch (thrown) {
      this.#log("info", "tab.not_cleared", work, { error: messageOf(thrown) });
      return await this.#discard(tab);
    }
  }

  /** Closes a tab. One that does not close leaves its browser unfit. */
  async #discard(tab: Tab): Promise<undefined> {
    try {
      await tab.close();
    } catch (thrown) {
      if (!this.#broken) log("warn", "tab.not_closed", { session: this.#session, error: messageOf(thrown) });
      this.#broken = true;
    }
  }

  #failed(thrown: unknown, work: PageWork): Outcome {
    if (thrown instanceof RenderFailure) {
      const { code, message, transient, retryAfterMs, facts } = thrown;
      return { kind: "failed", code, message, transient, retryAfterMs, ...facts };
    }
    if (thrown instanceof TimeLimitError) {
      const message = `The page was not rendered within ${this.#settings.PAGE_TIMEOUT_MS / 1000} s.`;
      return { kind: "failed", code: "timeout", message, transient: true };
    }
    if (this.#broken) {
      const message = "The browser was lost while the page was being rendered.";
      return { kind: "failed", code: "page_crashed", message, transient: true };
    }
    this.#log("warn", "page.unexpected_failure", work, { error: messageOf(thrown) });
    return {
      kind: "failed",
      code: "render_failed",
      message: "The page could not be rendered.",
      transient: true,
    };
  }

  /** An event of one rendering, and of the browser that it is done in. */
  #log(level: LogLevel, event: string, { job, assignment }: PageWork, fields: LogFields = {}): void {
    const { batchId, accountId } = job;
    const { idx: item, rendering } = assignment;
    const session = this.#session;
    log(level, event, { batch_id: batchId, account_id: accountId, item, rendering, session, ...fields });
  }
}
