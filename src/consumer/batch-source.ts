/** One batch as a consumer sees it: pages in stock, pages in tabs, and reports that its tracker does not have yet. */
import type { Assignment, RenderingId, RenderJob } from "../protocol/claim.ts";
import type { Outcome, Report } from "../protocol/report.ts";
import type { TrackerCalls } from "../protocol/tracker-calls.ts";
import type { BatchWork, PagesLeft } from "../protocol/work.ts";
import { log, messageOf } from "../text/log.ts";

/** A page to render, for a batch. */
export interface ClaimedPage {
  batchId: string;
  job: RenderJob;
  assignment: Assignment;
}

/** A page's lease is kept alive for at most this long, in ms: longer than all time limits on one page add up to. */
const MAX_HELD_MS = 5 * 60_000;
/** Calls that may fail in a row before the reports they carried are given up. Their pages' leases run out then. */
const MAX_FAILED_CALLS = 3;
/** A call that takes longer, in ms, is not waited for: other batches are asked for pages meanwhile. */
const SLOW_CALL_MS = 2000;

export class BatchSource {
  readonly batchId: string;
  readonly accountId: string;
  /** Whether the tracker may have more pages. */
  hasMore = true;
  /** When it was last asked for pages, in the order of all askings. */
  turn = 0;
  /** What the tracker said last; null once the pool has been told. */
  news: PagesLeft | null = null;
  readonly #consumer: string;
  readonly #tracker: TrackerCalls;
  readonly #heartbeatMs: number;
  readonly #stock: ClaimedPage[] = [];
  /** Pages in stock and in tabs, with when they were claimed and when their lease was renewed last, epoch ms. */
  readonly #held = new Map<ClaimedPage, { since: number; renewedAt: number }>();
  readonly #reports: Report[] = [];
  /** The call under way. There is never more than one. */
  #calling: Promise<void> | undefined;
  #failedCalls = 0;
  /** The call under way: how many pages it is to bring, and since when. Epoch ms. */
  #asked = { needed: 0, at: 0 };

  constructor(
    { batchId, accountId }: BatchWork,
    options: { consumer: string; tracker: TrackerCalls; heartbeatMs: number },
  ) {
    this.batchId = batchId;
    this.accountId = accountId;
    this.#consumer = options.consumer;
    this.#tracker = options.tracker;
    this.#heartbeatMs = options.heartbeatMs;
  }

  get stock(): number {
    return this.#stock.length;
  }

  get inTabs(): number {
    return this.#held.size - this.#stock.length;
  }

  get hasReports(): boolean {
    return this.#reports.length > 0;
  }

  /** Whether the last call failed. */
  get hasFailed(): boolean {
    return this.#failedCalls > 0;
  }

  get isCalling(): boolean {
    return this.#calling !== undefined;
  }

  /** How many pages that tabs wait for the call under way is to bring. */
  askedLately(now: number): number {
    return this.isCalling && now - this.#asked.at < SLOW_CALL_MS ? this.#asked.needed : 0;
  }

  take(): ClaimedPage | undefined {
    return this.#stock.shift();
  }

  report(page: ClaimedPage, outcome: Outcome): void {
    this.#held.delete(page);
    const { idx, rendering } = page.assignment;
    this.#reports.push({ idx, rendering, outcome });
  }

  /** Gives back the pages in stock, with the next call. */
  releaseStock(): void {
    for (const page of this.#stock.splice(0)) this.report(page, { kind: "released", retryAfterMs: 0 });
  }

  /** Whether a page's lease is due for renewal. */
  needsRenewal(now: number): boolean {
    return this.#renewalsAt(now).length > 0;
  }

  /**
   * Sends what the tracker does not know yet, and asks for pages. Waits for a call that is under way. Does not throw.
   *
   * @param needed pages for which a tab waits
   * @param ahead pages to have in stock beyond those
   */
  async call(needed: number, ahead: number): Promise<void> {
    while (this.#calling) await this.#calling;
    this.#calling = this.#call(needed, ahead).finally(() => {
      this.#calling = undefined;
    });
    await this.#calling;
  }

  async #call(needed: number, ahead: number): Promise<void> {
    const now = Date.now();
    this.#asked = { needed, at: now };
    const reports = this.#reports.splice(0);
    const renewals = this.#renewalsAt(now);
    try {
      const claim = await this.#tracker.exchange({
        id: crypto.randomUUID(),
        consumer: this.#consumer,
        reports,
        renewals: renewals.map(([page]) => idOf(page)),
        needed,
        ahead,
      });
      this.#failedCalls = 0;
      for (const [, held] of renewals) held.renewedAt = now;
      this.news = claim?.left ?? { waiting: 0, rendering: 0 };
      this.hasMore = this.news.waiting > 0;
      for (const assignment of claim?.assignments ?? []) this.#add(claim?.job as RenderJob, assignment, now);
    } catch (thrown) {
      this.#failed(reports, thrown);
    }
  }

  #add(job: RenderJob, assignment: Assignment, now: number): void {
    const page = { batchId: this.batchId, job, assignment };
    this.#stock.push(page);
    this.#held.set(page, { since: now, renewedAt: now });
  }

  #failed(reports: Report[], thrown: unknown): void {
    this.hasMore = false;
    this.#failedCalls += 1;
    const fields = { batch_id: this.batchId, account_id: this.accountId, error: messageOf(thrown) };
    log("error", "batch.exchange_failed", { ...fields, reports: reports.length });
    if (this.#failedCalls < MAX_FAILED_CALLS) {
      this.#reports.unshift(...reports);
      return;
    }
    for (const { idx: item, rendering, outcome } of reports)
      log("error", "item.report_lost", { ...fields, item, rendering, outcome: outcome.kind });
  }

  #renewalsAt(now: number) {
    return Array.from(this.#held).filter(
      ([, { since, renewedAt }]) => now - renewedAt >= this.#heartbeatMs && now - since <= MAX_HELD_MS,
    );
  }
}

function idOf({ assignment: { idx, rendering } }: ClaimedPage): RenderingId {
  return { idx, rendering };
}
