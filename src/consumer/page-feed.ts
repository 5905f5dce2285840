/**
 * Where a consumer's tabs get their pages, and where they report how each has ended.
 *
 * Accounts take turns, and so do the batches of an account: a free tab gets a page of the account that has the fewest
 * pages in tabs. The feed asks trackers for a few pages ahead, as many as are used up between two calls, and collects
 * reports, so that a tracker gets about one call a second from each consumer. But no tab waits longer than it must: if
 * one has nothing to do, or a batch has no other page here, the call is made at once.
 */
import type { Outcome } from "../protocol/report.ts";
import type { TrackerCalls } from "../protocol/tracker-calls.ts";
import type { BatchNews, BatchWork } from "../protocol/work.ts";
import { type Env, settings } from "../settings.ts";
import { BatchSource, type ClaimedPage } from "./batch-source.ts";

/** How often a tracker is called, in ms, unless there are many consumers. */
const CALL_INTERVAL_MS = 1500;
/** Trackers are called so many times as often as the pool. */
const CALLS_PER_POOL_CALL = 2.5;
/** After a call that failed, the next one is made this many ms later. */
const RETRY_MS = 1000;
/** How long a batch's last report waits if it came during a call, in ms. */
const LAST_REPORT_MS = 100;
/** The most pages of an account to have in stock, whatever the speed. */
const MAX_STOCK = 100;

/** The tabs of one browser. */
export interface Crew {
  /** Tabs that have not ended. */
  tabs: number;
}

interface Waiter {
  crew: Crew;
  give(page: ClaimedPage | null): void;
}

export class PageFeed {
  readonly consumer = crypto.randomUUID();
  readonly #trackerOf: (batchId: string) => TrackerCalls;
  readonly #heartbeatMs: number;
  readonly #sources = new Map<string, BatchSource>();
  /** Reports of these batches are sent when the timer goes off. */
  readonly #flushes = new Map<BatchSource, ReturnType<typeof setTimeout>>();
  /** Pages of an account that tabs have taken, and since when, epoch ms. */
  readonly #pace = new Map<string, { taken: number; since: number; perCall: number }>();
  #waiters: Waiter[] = [];
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #isStopped = false;
  #pagesLeft: number;
  /** How long reports wait for others, and so about how often a tracker is called, in ms. */
  #interval = CALL_INTERVAL_MS;
  #turns = 0;

  /**
   * @param trackerOf returns a batch's tracker
   * @param maxPages how many pages to hand out before it stops
   */
  constructor(env: Env, trackerOf: (batchId: string) => TrackerCalls, maxPages: number) {
    this.#trackerOf = trackerOf;
    this.#heartbeatMs = settings(env).RENDER_HEARTBEAT_MS;
    this.#pagesLeft = maxPages;
  }

  /**
   * Takes the batches that have pages, as the pool says. Those of an account that has no page here are asked at once.
   *
   * @param idleTabs tabs that are about to call `next`
   */
  setWork(work: BatchWork[], idleTabs = 0): void {
    if (this.#isStopped || work.length === 0) return;
    this.#heartbeat ??= setInterval(() => this.#renewLeases(), this.#heartbeatMs);
    const named = new Set(work.map(({ batchId }) => batchId));
    for (const one of work) {
      const source = this.#sources.get(one.batchId) ?? this.#open(one);
      source.hasMore = true;
    }
    for (const source of this.#sources.values()) if (!named.has(source.batchId)) source.hasMore = false;
    const accounts = new Set(work.map(({ accountId }) => accountId));
    const share = Math.max(1, Math.ceil(idleTabs / accounts.size));
    for (const account of accounts) if (this.#pagesOf(account) === 0) this.#ask(account, share);
    this.#serve();
  }

  /** Calls trackers less often if there are many consumers. @param poolInterval how often the pool is called, in ms */
  setPace(poolInterval: number): void {
    this.#interval = Math.max(CALL_INTERVAL_MS, poolInterval / CALLS_PER_POOL_CALL);
  }

  /**
   * The next page to render. Waits while there may be one.
   *
   * @returns null if there is none and no tab of the crew is at work, or the run is over
   */
  async next(crew: Crew): Promise<ClaimedPage | null> {
    if (this.#isStopped) return null;
    const { promise, resolve } = Promise.withResolvers<ClaimedPage | null>();
    this.#waiters.push({ crew, give: resolve });
    this.#serve();
    return await promise;
  }

  /** Takes the outcome of a page. Its tracker hears of it soon. */
  report(page: ClaimedPage, outcome: Outcome): void {
    const source = this.#sources.get(page.batchId);
    if (!source) return;
    source.report(page, outcome);
    const isLast = source.inTabs === 0 && source.stock === 0 && !source.isCalling;
    if (isLast) this.#call(source, this.#waitersLeft());
    else this.#callLater(source, this.#interval);
  }

  /** Ends the waiting of a crew whose browser is lost. */
  dismiss(crew: Crew): void {
    const dismissed = this.#waiters.filter((waiter) => waiter.crew === crew);
    this.#waiters = this.#waiters.filter((waiter) => waiter.crew !== crew);
    for (const { give } of dismissed) give(null);
  }

  /** Hands out no more pages, and gives back those in stock. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    for (const { give } of this.#waiters.splice(0)) give(null);
    for (const source of this.#sources.values()) {
      if (source.stock === 0) continue;
      source.releaseStock();
      this.#call(source, 0);
    }
  }

  /** Sends the last reports, and waits until the trackers have them. Does not throw. */
  async finish(): Promise<void> {
    this.stop();
    clearInterval(this.#heartbeat);
    for (const timer of this.#flushes.values()) clearTimeout(timer);
    this.#flushes.clear();
    await Promise.all(
      Array.from(this.#sources.values(), async (source) => {
        // Calls that fail give their reports up after a while.
        while (source.hasReports || source.isCalling) {
          await source.call(0, 0);
          if (source.hasFailed) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        }
      }),
    );
  }

  /** What trackers have said since the last time, for the pool. */
  takeNews(): BatchNews[] {
    const news: BatchNews[] = [];
    for (const source of this.#sources.values()) {
      if (source.news) news.push({ batchId: source.batchId, ...source.news });
      source.news = null;
      const isIdle = !source.hasMore && source.inTabs + source.stock === 0;
      if (isIdle && !source.hasReports && !source.isCalling) this.#sources.delete(source.batchId);
    }
    return news;
  }

  #open(work: BatchWork): BatchSource {
    const tracker = this.#trackerOf(work.batchId);
    const options = { consumer: this.consumer, tracker, heartbeatMs: this.#heartbeatMs };
    const source = new BatchSource(work, options);
    this.#sources.set(work.batchId, source);
    return source;
  }

  /** Gives waiting tabs pages, asks for more, and dismisses crews that have nothing to do. */
  #serve(): void {
    while (this.#waiters.length > 0 && !this.#isStopped) {
      const page = this.#takeNext();
      if (!page) break;
      this.#waiters.shift()?.give(page);
      if (this.#pagesLeft <= 0) this.stop();
    }
    this.#askForWaiters();
    const isHopeful = this.#sources.values().some(({ isCalling, hasMore }) => isCalling || hasMore);
    if (isHopeful) return;
    const crews = new Set(this.#waiters.map(({ crew }) => crew));
    for (const crew of crews) {
      const waiting = this.#waiters.filter((waiter) => waiter.crew === crew).length;
      if (waiting >= crew.tabs) this.dismiss(crew);
    }
  }

  #takeNext(): ClaimedPage | undefined {
    const stocked = this.#sources.values().filter(({ stock }) => stock > 0);
    const inTurn = stocked.toArray().sort((one, other) => this.#compare(one, other));
    const [source] = inTurn;
    const page = source?.take();
    if (!source || !page) return undefined;
    this.#pagesLeft -= 1;
    this.#paceOf(source.accountId).taken += 1;
    if (this.#stockOf(source.accountId) === 0) this.#ask(source.accountId, 0);
    this.#askForOthers(source.accountId);
    this.#askNextBatch(source);
    return page;
  }

  /**
   * Asks for a page of the account's batch whose turn it is, if it has none in stock and fewer in tabs than this one. Pages
   * in stock of one batch must not keep the others waiting until it ends.
   */
  #askNextBatch({ accountId, inTabs }: BatchSource): void {
    const next = this.#inTurn((one) => one.accountId === accountId && one.stock === 0 && one.inTabs < inTabs);
    if (next) this.#call(next, 1);
  }

  /** Of the batches that may have pages and are not being asked, the one that was asked the longest ago. */
  #inTurn(isEligible: (source: BatchSource) => boolean): BatchSource | undefined {
    let first: BatchSource | undefined;
    for (const source of this.#sources.values()) {
      if (!source.hasMore || source.isCalling || !isEligible(source)) continue;
      if (!first || source.turn < first.turn) first = source;
    }
    return first;
  }

  /** Asks for a page of each account that has none in stock and fewer in tabs than this one: the next turn is theirs. */
  #askForOthers(account: string): void {
    const others = new Set(Array.from(this.#sources.values(), ({ accountId }) => accountId));
    others.delete(account);
    for (const other of others) {
      const isBehind = this.#inTabsOf(other) < this.#inTabsOf(account) && this.#stockOf(other) === 0;
      const isAsked = this.#sum(other, ({ isCalling }) => Number(isCalling)) > 0;
      if (isBehind && !isAsked) this.#ask(other, 1);
    }
  }

  /** First the account with the fewest pages in tabs, then the batch with the fewest. */
  #compare(one: BatchSource, other: BatchSource): number {
    const byAccount = this.#inTabsOf(one.accountId) - this.#inTabsOf(other.accountId);
    return byAccount || one.inTabs - other.inTabs || one.turn - other.turn;
  }

  /** Asks for as many pages as tabs wait for, of the accounts with the fewest pages. */
  #askForWaiters(): void {
    const able = this.#sources.values().filter(({ hasMore, isCalling }) => hasMore && !isCalling);
    const accounts = Array.from(new Set(able.map(({ accountId }) => accountId)));
    accounts.sort((one, other) => this.#inTabsOf(one) - this.#inTabsOf(other));
    let left = this.#waitersLeft();
    for (const [n, account] of accounts.entries()) {
      if (left <= 0) return;
      const share = Math.ceil(left / (accounts.length - n));
      this.#ask(account, share);
      left -= share;
    }
  }

  /** How many tabs wait for pages that no tracker has been asked for lately. A tracker that is slow holds up no others. */
  #waitersLeft(): number {
    const now = Date.now();
    const asked = this.#sources.values().reduce((sum, source) => sum + source.askedLately(now), 0);
    return Math.max(0, this.#waiters.length - asked);
  }

  /** Asks the account's batch whose turn it is for pages. Does nothing if none may have any, or is being asked. */
  #ask(account: string, needed: number): void {
    const source = this.#inTurn((one) => one.accountId === account);
    if (source && needed + this.#ahead(account) > 0) this.#call(source, needed);
  }

  #callLater(source: BatchSource, ms: number): void {
    if (this.#flushes.has(source)) return;
    const timer = setTimeout(() => {
      this.#flushes.delete(source);
      this.#call(source, 0);
    }, ms);
    this.#flushes.set(source, timer);
  }

  #cancelFlush(source: BatchSource): void {
    clearTimeout(this.#flushes.get(source));
    this.#flushes.delete(source);
  }

  #call(source: BatchSource, needed: number): void {
    this.#cancelFlush(source);
    const isAsked = !this.#isStopped && source.hasMore;
    const ahead = isAsked ? this.#ahead(source.accountId) : 0;
    if (isAsked && needed + ahead > 0) {
      this.#turns += 1;
      source.turn = this.#turns;
    }
    source.call(isAsked ? needed : 0, ahead).then(() => this.#called(source));
  }

  #called(source: BatchSource): void {
    if (this.#isStopped && source.stock > 0) {
      source.releaseStock();
      this.#callLater(source, 0);
    } else if (source.hasReports) {
      const isLast = source.inTabs === 0 && source.stock === 0;
      if (isLast) this.#cancelFlush(source);
      const soon = source.hasFailed ? RETRY_MS : LAST_REPORT_MS;
      this.#callLater(source, isLast ? soon : this.#interval);
    }
    this.#serve();
  }

  /** How many pages to ask for beyond those that tabs wait for: what the account uses up between two calls, and a half more. */
  #ahead(account: string): number {
    const pace = this.#paceOf(account);
    const now = Date.now();
    const ms = now - pace.since;
    if (ms >= this.#interval / 2) {
      pace.perCall = (pace.perCall + (pace.taken / ms) * this.#interval) / 2;
      pace.taken = 0;
      pace.since = now;
    }
    const target = Math.min(MAX_STOCK, Math.ceil(pace.perCall * 1.5));
    return Math.max(0, Math.min(this.#pagesLeft, target) - this.#stockOf(account));
  }

  #paceOf(account: string) {
    const known = this.#pace.get(account);
    if (known) return known;
    const fresh = { taken: 0, since: Date.now(), perCall: 0 };
    this.#pace.set(account, fresh);
    return fresh;
  }

  #renewLeases(): void {
    const now = Date.now();
    for (const source of this.#sources.values()) {
      if (!source.isCalling && source.needsRenewal(now)) this.#call(source, 0);
    }
  }

  #pagesOf(account: string): number {
    return this.#sum(account, (source) => source.inTabs + source.stock);
  }

  #inTabsOf(account: string): number {
    return this.#sum(account, (source) => source.inTabs);
  }

  #stockOf(account: string): number {
    return this.#sum(account, (source) => source.stock);
  }

  #sum(account: string, count: (source: BatchSource) => number): number {
    let sum = 0;
    for (const source of this.#sources.values()) if (source.accountId === account) sum += count(source);
    return sum;
  }
}
