/** Renders page after page in one tab of a leased browser. */
import type { LeasedBrowser } from "../browsers/lease.ts";
import { withinTime } from "../io/time-limit.ts";
import { RenderFailure } from "../protocol/render-failure.ts";
import type { Outcome } from "../protocol/report.ts";
import type { RenderedPage } from "../render/rendered-page.ts";
import { COMMAND_TIMEOUT_MS, type Renderer } from "../render/renderer.ts";
import type { Tab } from "../render/tab.ts";
import { type Env, settings } from "../settings.ts";
import { type LogFields, type LogLevel, log, messageOf } from "../text/log.ts";
import type { ClaimedPage } from "./batch-source.ts";
import { failureOf } from "./page-failure.ts";
import type { Crew, PageFeed } from "./page-feed.ts";
import { savePage } from "./save-page.ts";
import { closeTab, openTab } from "./tab-lifecycle.ts";

/** How a rendering that began has ended. */
type Ending = Exclude<Outcome, { kind: "released" }>;

export class TabWorker {
  readonly #env: Env;
  readonly #leased: LeasedBrowser;
  readonly #renderer: Renderer;
  readonly #feed: PageFeed;
  /** The open tab and the account whose pages it has shown. Accounts never share a tab. */
  #open: { tab: Tab; accountId: string } | undefined;

  constructor(env: Env, leased: LeasedBrowser, renderer: Renderer, feed: PageFeed) {
    this.#env = env;
    this.#leased = leased;
    this.#renderer = renderer;
    this.#feed = feed;
  }

  /** Renders pages until there are none or the browser is broken. Does not throw. */
  async run(crew: Crew): Promise<void> {
    let reported: Promise<void> = Promise.resolve();
    let page = await this.#feed.next(crew);
    while (page) {
      const current = page;
      const startedAt = Date.now();
      const result = await this.#render(current);
      const ms = Date.now() - startedAt;

      // The tab leaves the page at once, since its scripts go on running.
      const left = this.#leave(current, result);
      // The page is saved and reported while the next one is rendered. Not more than one, for the memory a page takes.
      await reported;
      reported = this.#save(current, result).then((outcome) =>
        this.#feed.report(current, { ...outcome, ms }),
      );

      [page] = await Promise.all([this.#leased.isBroken ? null : this.#feed.next(crew), left]);
    }
    await Promise.all([reported, this.#closeTab()]);
  }

  async #render(page: ClaimedPage): Promise<RenderedPage | RenderFailure> {
    this.#log("debug", "page.begun", page);
    try {
      const tab = await this.#tabFor(page.job.accountId);
      return await this.#renderer.render(tab, page.assignment.url);
    } catch (thrown) {
      return failureOf(thrown, {
        fallback: "The page could not be rendered.",
        isBrowserLost: this.#leased.isBroken,
        fields: this.#fieldsOf(page),
      });
    }
  }

  async #tabFor(accountId: string): Promise<Tab> {
    if (this.#open?.accountId !== accountId) await this.#closeTab();
    this.#open ??= { tab: await openTab(this.#leased, this.#renderer), accountId };
    return this.#open.tab;
  }

  /** Makes the tab fit for the next page, or closes it. */
  async #leave(page: ClaimedPage, result: RenderedPage | RenderFailure): Promise<void> {
    if (!this.#open) return;
    const { username, password } = new URL(page.assignment.url);
    // The browser would log in to that site for as long as the tab's context exists.
    const hasLoggedIn = username !== "" || password !== "";
    const mayReuse = !hasLoggedIn && (result instanceof RenderFailure ? result.leavesTabFit : true);
    if (mayReuse) {
      try {
        await withinTime(COMMAND_TIMEOUT_MS, "Leaving a page", this.#open.tab.leave());
        return;
      } catch (thrown) {
        this.#log("info", "tab.not_cleared", page, { error: messageOf(thrown) });
      }
    }
    await this.#closeTab();
  }

  async #closeTab(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    if (open) await closeTab(this.#leased, open.tab);
  }

  /** Saves what was rendered. Returns the outcome to report. */
  async #save(page: ClaimedPage, result: RenderedPage | RenderFailure): Promise<Ending> {
    if (result instanceof RenderFailure) return outcomeOf(result);
    try {
      const saving = savePage(this.#env, page.job, page.assignment, result);
      const outcome = await withinTime(settings(this.#env).IO_TIMEOUT_MS, "Saving the page", saving);
      if (this.#leased.isInCountry) return outcome;
      return { ...outcome, warnings: [...(outcome.warnings ?? []), "country_not_applied"] };
    } catch (thrown) {
      const fallback = "The page could not be saved.";
      return outcomeOf(failureOf(thrown, { fallback, fields: this.#fieldsOf(page) }));
    }
  }

  #log(level: LogLevel, event: string, page: ClaimedPage, fields: LogFields = {}): void {
    log(level, event, { ...this.#fieldsOf(page), ...fields });
  }

  #fieldsOf({ job, assignment }: ClaimedPage): LogFields {
    return {
      batch_id: job.batchId,
      account_id: job.accountId,
      item: assignment.idx,
      rendering: assignment.rendering,
      session: this.#leased.session,
    };
  }
}

function outcomeOf({ code, message, transient, retryAfterMs, facts }: RenderFailure): Ending {
  return { kind: "failed", code, message, transient, retryAfterMs, ...facts };
}
