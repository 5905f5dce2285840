/**
 * One run of the queue's consumer: leases a browser, renders pages in its tabs, and calls the pool regularly, which
 * says whose pages are to be rendered and when the run is to end.
 *
 * While Queues adds no consumers, a run may use up to BROWSERS_PER_CONSUMER browsers. Each has a crew of tabs. All get
 * their pages from one feed.
 */
import { browserForWork, type LeasedBrowser, NoBrowserError } from "../browsers/lease.ts";
import { browserPool } from "../browsers/pool.ts";
import type { ReturnedLease } from "../browsers/pool-calls.ts";
import type { TrackerCalls } from "../protocol/tracker-calls.ts";
import { Renderer } from "../render/renderer.ts";
import { type Env, settings } from "../settings.ts";
import { log, messageOf } from "../text/log.ts";
import { type Crew, PageFeed } from "./page-feed.ts";
import { TabWorker } from "./tab-worker.ts";

/** The pool wants to be called less often than this, in ms, if there are many consumers. */
const CROWDED_MS = 2100;
/** The pool could not be reached: the next call comes after this many ms. */
const RETRY_MS = 5000;

export class ConsumerRun {
  readonly #env: Env;
  readonly #country: string | null;
  readonly #feed: PageFeed;
  /** Browsers in use. */
  readonly #leased = new Set<LeasedBrowser>();
  readonly #crews = new Set<Promise<void>>();
  readonly #beganAt = Date.now();
  /** Leases that are given back with the next call. */
  #returned: ReturnedLease[] = [];
  /** How long the pool wants to wait for the next call, in ms. */
  #callInterval = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Further browsers that are being leased. */
  #leasing = 0;

  /**
   * @param country the country to render from, ISO 3166-1 alpha-2 in upper case; null for any
   * @param trackerOf returns a batch's tracker
   */
  constructor(env: Env, country: string | null, trackerOf: (batchId: string) => TrackerCalls) {
    this.#env = env;
    this.#country = country;
    this.#feed = new PageFeed(env, trackerOf, settings(env).CONSUMER_RUN_PAGES);
  }

  /**
   * Renders pages until there are none, or the run is to end. Does not throw.
   *
   * @param sentAt when its ticket was sent, epoch ms
   */
  async run(sentAt: number): Promise<void> {
    if (!(await this.#addBrowser(sentAt))) return;
    while (this.#crews.size > 0) await Promise.all(this.#crews);
    clearTimeout(this.#timer);
    await this.#feed.finish();
    await this.#waitForTurn();
    await browserPool(this.#env)
      .end(this.#feed.consumer, this.#returned, this.#feed.takeNews())
      // The leases run out by themselves.
      .catch((thrown) => log("warn", "pool.not_told", { error: messageOf(thrown) }));
  }

  get #isCrowded(): boolean {
    return this.#callInterval >= CROWDED_MS;
  }

  /** Many consumers end when their batch does. Their calls are spread over the time that the pool has asked for. */
  async #waitForTurn(): Promise<void> {
    if (!this.#isCrowded) return;
    await new Promise((resolve) => setTimeout(resolve, Math.random() * this.#callInterval));
  }

  /** Leases a browser and sets its tabs to work. Returns whether there was one. Does not throw. */
  async #addBrowser(sentAt: number | null): Promise<boolean> {
    const { consumer } = this.#feed;
    try {
      const applicant = { consumer, country: this.#country, browsers: this.#leased.size, sentAt };
      const { leased, work, againInMs } = await browserForWork(this.#env, applicant);
      const { TABS_PER_LEASE } = settings(this.#env);
      this.#feed.setWork(work, TABS_PER_LEASE);
      this.#leased.add(leased);
      const crew = this.#work(leased, TABS_PER_LEASE).finally(() => this.#crews.delete(crew));
      this.#crews.add(crew);
      if (this.#timer === undefined) this.#callAfter(againInMs);
      return true;
    } catch (thrown) {
      const waitMs = thrown instanceof NoBrowserError ? thrown.waitMs : undefined;
      const fields = { country: this.#country, wait_ms: waitMs, error: messageOf(thrown) };
      if (waitMs !== 0) log("info", "consumer.no_browser", fields);
      return false;
    }
  }

  /** Renders pages in the tabs of a browser, and gives it back. Does not throw. */
  async #work(leased: LeasedBrowser, tabs: number): Promise<void> {
    const renderer = new Renderer(this.#env, this.#country);
    const crew: Crew = { tabs };
    leased.whenBroken.then(() => this.#feed.dismiss(crew));
    const runs = Array.from({ length: tabs }, async () => {
      try {
        await new TabWorker(this.#env, leased, renderer, this.#feed).run(crew);
      } catch (thrown) {
        const fields = { country: this.#country, session: leased.session, error: messageOf(thrown) };
        log("error", "consumer.tab_failed", fields);
      } finally {
        crew.tabs -= 1;
      }
    });
    await Promise.all(runs);
    this.#leased.delete(leased);
    const isLast = this.#crews.size === 1;
    // The last one is given back with the call that ends the run.
    if (isLast || (this.#isCrowded && !leased.isBroken)) this.#returned.push(await leased.disconnect());
    else await leased.release();
  }

  #callAfter(ms: number): void {
    this.#timer = setTimeout(() => this.#callPool(), ms);
  }

  /** Renews the leases, and does what the pool says. Does not throw. */
  async #callPool(): Promise<void> {
    if (Date.now() - this.#beganAt >= settings(this.#env).CONSUMER_RUN_MS) this.#feed.stop();
    let againInMs = RETRY_MS;
    const returned = this.#returned;
    this.#returned = [];
    try {
      const directions = await browserPool(this.#env).renew({
        consumer: this.#feed.consumer,
        country: this.#country,
        beganAt: this.#beganAt,
        leases: Array.from(this.#leased, ({ leaseId }) => leaseId),
        returned,
        news: this.#feed.takeNews(),
      });
      againInMs = directions.againInMs;
      this.#callInterval = againInMs;
      this.#feed.setPace(againInMs);
      for (const leased of this.#leased) if (directions.lost.includes(leased.leaseId)) leased.markBroken();
      if (!directions.mayGoOn) this.#feed.stop();
      this.#feed.setWork(directions.work);
      for (let n = this.#leasing; n < directions.moreBrowsers; n += 1) this.#leaseAnother();
    } catch (thrown) {
      this.#returned.push(...returned);
      log("warn", "pool.not_told", { error: messageOf(thrown) });
    }
    if (this.#crews.size > 0) this.#callAfter(againInMs);
  }

  #leaseAnother(): void {
    this.#leasing += 1;
    const adding = this.#addBrowser(null).then(() => {
      this.#leasing -= 1;
      this.#crews.delete(adding);
    });
    // The run does not end before it is known whether there is another browser.
    this.#crews.add(adding);
  }
}
