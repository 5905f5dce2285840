/**
 * Sees one batch through to its end. There is one object per batch, and it owns the truth about it.
 *
 * The ledger in its storage says which page is rendered next. Consumers' calls change the ledger without awaiting
 * anything. All else happens in `#advance`: it announces pages to the browser pool, writes results to D1, completes the
 * batch and delivers its webhook. Only the alarm calls it, so it never overlaps itself. The alarm is set again before anything
 * that can fail, so whatever happens there is a next time.
 *
 * Besides the ledger, the storage has `batch` (its row as accepted), `loaded` (see load-items.ts), `cancelled`,
 * `completing` and `completed` (the time of completion, before and after D1 has it), and the webhook's delivery.
 */
import { DurableObject } from "cloudflare:workers";
import { browserPool } from "../browsers/pool.ts";
import { completeBatch, readBatch } from "../db/batch-progress.ts";
import type { BatchRow } from "../db/batches.ts";
import { tellOfCompletion, tellOfItems } from "../db/json-columns.ts";
import { openBindings } from "../io/bindings.ts";
import type { Claim } from "../protocol/claim.ts";
import type { Report } from "../protocol/report.ts";
import type { Exchange, TrackerCalls } from "../protocol/tracker-calls.ts";
import { type Env, type Settings, settings } from "../settings.ts";
import { type LogFields, type LogLevel, log, messageOf } from "../text/log.ts";
import { WebhookDelivery } from "../webhook/delivery.ts";
import { completionEvent } from "../webhook/payload.ts";
import { Announcer } from "./announcer.ts";
import { Handout } from "./handout.ts";
import { ItemEvents } from "./item-events.ts";
import { Ledger } from "./ledger.ts";
import { isLoaded, loadItems } from "./load-items.ts";
import { logOfReport } from "./log-of-report.ts";
import { Projection } from "./projection.ts";
import { renderJob } from "./render-job.ts";

/** The pool can use so many pages at most: what 200 browsers render in two rounds. Counting more would take long. */
const MAX_ANNOUNCED = 4000;
/** A failed step is repeated after twice as long each time, up to this many ms. */
const MAX_BACKOFF_MS = 30_000;

/** The tracker of a batch. */
export function batchTracker(env: Env, batchId: string): DurableObjectStub<BatchTracker> {
  return env.BATCH_TRACKER.get(env.BATCH_TRACKER.idFromName(batchId));
}

export class BatchTracker extends DurableObject<Env> implements TrackerCalls {
  readonly #settings: Settings;
  readonly #announcer = new Announcer();
  readonly #handout = new Handout();
  readonly #projection: Projection;
  #openLedger: Ledger | undefined;
  #delivery: WebhookDelivery;
  #itemEvents: ItemEvents;
  #batch: BatchRow | undefined;
  /** Failed steps in a row. */
  #failures = 0;
  #isAdvancing = false;
  #alarmAt: number | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    // The alarm repeats what failed, so calls are not repeated by themselves.
    super(ctx, openBindings(env, { attempts: 1 }));
    this.#settings = settings(this.env);
    this.#projection = new Projection({
      delay: this.#settings.PROJECTION_DELAY_MS,
      itemsPerWrite: this.#settings.PROJECTION_ITEMS,
    });
    this.#delivery = new WebhookDelivery(ctx.storage);
    this.#itemEvents = new ItemEvents(ctx.storage);
    this.#batch = ctx.storage.kv.get<BatchRow>("batch");
  }

  /**
   * Starts the batch. Once this resolves, the batch is guaranteed to complete. Safe to repeat: it also wakes a tracker
   * that has gone quiet or has lost its storage.
   *
   * @throws Error if D1 has no such batch, or fails
   */
  async start(batchId: string): Promise<void> {
    await this.#takeOn(batchId);
    await this.#wake();
  }

  async exchange(call: Exchange): Promise<Claim | null> {
    if (!this.#batch || this.#isCompleted()) return null;
    const now = Date.now();
    for (const report of call.reports) this.#record(report, now);
    this.#ledger.extend(call.renewals, now);
    const ready = this.#ledger.ready(now, MAX_ANNOUNCED);
    const limit = this.#handout.limit(call, ready, now);
    const assignments = limit > 0 ? this.#ledger.claim(limit, now, call.id) : [];
    for (const { idx: item, rendering } of assignments)
      this.#log("debug", "item.claimed", { item, rendering });
    const left = this.#ledger.pagesLeft(now, MAX_ANNOUNCED);
    this.#announcer.served(now, { wereMoreWanted: left.waiting === 0 });
    this.#schedule(now);
    return { job: renderJob(this.#batch), assignments, left };
  }

  /**
   * Fails items that are not being rendered yet. Renderings under way end as they end, without a retry.
   *
   * @throws Error if D1 has no such batch, or fails
   */
  async cancel(batchId: string): Promise<void> {
    await this.#takeOn(batchId);
    if (this.#isCompleted()) return;
    this.ctx.storage.kv.put("cancelled", true);
    this.#failWaiting(Date.now());
    await this.#wake();
  }

  /**
   * Sends the batch's event again, with a new series of attempts. Does nothing before the batch has completed.
   *
   * It does not call `start`: the alarm of a tracker that has long forgotten its batch could make it forget it again.
   *
   * @throws Error if D1 has no such batch, or fails
   */
  async redeliver(batchId: string): Promise<void> {
    const { webhook } = await this.#takeOn(batchId);
    if (!webhook || !this.#isCompleted()) return;
    this.#delivery.begin(Date.now());
    await this.#wake();
  }

  /**
   * Continues a delivery that has not ended according to D1. If this object has lost its storage, the delivery begins
   * again. Safe to repeat.
   *
   * @throws Error if D1 has no such batch, or fails
   */
  async continueDelivery(batchId: string): Promise<void> {
    await this.#takeOn(batchId);
    if (this.#isCompleted() && this.#delivery.dueAt === null) {
      const row = await readBatch(this.env.DB, batchId);
      const hasEnded = !row?.webhook || row.webhookEndedAt !== null;
      // Another call may have begun it meanwhile.
      if (!hasEnded && this.#delivery.dueAt === null) this.#delivery.begin(Date.now());
    }
    await this.#wake();
  }

  override async alarm(): Promise<void> {
    this.#isAdvancing = true;
    try {
      await this.ctx.storage.setAlarm(Date.now() + this.#settings.TRACKER_HEARTBEAT_MS);
      await this.#advance();
      this.#failures = 0;
    } catch (thrown) {
      this.#failures += 1;
      this.#log("error", "tracker.step_failed", { error: messageOf(thrown), failures: this.#failures });
    } finally {
      this.#isAdvancing = false;
    }
    await this.#setNextAlarm();
  }

  async #takeOn(batchId: string): Promise<BatchRow> {
    if (this.#batch) return this.#batch;
    const batch = await readBatch(this.env.DB, batchId);
    if (!batch) throw new Error(`There is no batch ${batchId}.`);
    this.#batch = batch;
    this.ctx.storage.kv.put("batch", batch);
    if (batch.status === "in_progress" && batch.webhook !== null && tellOfItems(batch.webhookEvents)) {
      this.#itemEvents.begin();
    }
    this.#log("info", "batch.taken_on", { total: batch.totalUrls, status: batch.status });
    return batch;
  }

  /** Makes the alarm go off now. Once this resolves, that and all that was stored before is durable. */
  async #wake(): Promise<void> {
    this.#alarmAt = Date.now();
    await this.ctx.storage.setAlarm(this.#alarmAt);
    await this.ctx.storage.sync();
  }

  /** Does everything that is due. Each step is safe to repeat. */
  async #advance(): Promise<void> {
    const batch = this.#batch;
    if (!batch) return;
    if (!this.#isCompleted()) {
      const { DB } = this.env;
      await loadItems(DB, this.ctx.storage.kv, batch, this.#ledger);
      this.#expire(batch, Date.now());
      const steps = await Promise.allSettled([
        this.#announce(batch),
        this.#projection.writeDue(DB, batch, this.#ledger),
      ]);
      await this.#projection.touch(DB, batch, this.#restsUntil(Date.now()));
      for (const step of steps) if (step.status === "rejected") throw step.reason;
      if (this.#ledger.isSettled()) await this.#complete(batch);
    }
    this.#tellOfItems(batch);
    if (this.#isCompleted()) await this.#afterCompletion(batch);
  }

  /** Nothing waits for the request that this makes, if one is due. */
  #tellOfItems(batch: BatchRow): void {
    const dueAt = this.#itemEventsDueAt(batch);
    if (dueAt === null || dueAt > Date.now()) return;
    this.ctx.waitUntil(this.#itemEvents.send(this.env, batch).then(() => this.#schedule(Date.now())));
  }

  #itemEventsDueAt(batch: BatchRow): number | null {
    if (this.#isCompleted()) return this.#itemEvents.dueAt(batch.totalUrls);
    const { completed, failed } = this.#ledger.projectedCounts();
    return this.#itemEvents.dueAt(completed + failed);
  }

  /** Tells the browser pool about pages that wait, if that is due. @throws what the pool throws */
  async #announce(batch: BatchRow): Promise<void> {
    const now = Date.now();
    const left = this.#ledger.pagesLeft(now, MAX_ANNOUNCED);
    if (left.waiting === 0 || now < this.#announcer.dueAt) return;
    const { id: batchId, accountId, renderCountry: country } = batch;
    const { againInMs } = await browserPool(this.env).announce({ batchId, accountId, country, ...left });
    this.#announcer.announced(now, againInMs);
    this.#log("debug", "pages.announced", { ...left, again_in_ms: againInMs });
  }

  /** Ends what has run out of time: leases, the batch. */
  #expire(batch: BatchRow, now: number): void {
    const isCancelled = this.#isCancelled();
    for (const { idx: item, rendering, ended } of this.#ledger.expireLeases(now, isCancelled)) {
      this.#log("warn", "item.rendering_lost", { item, rendering, ended });
      if (ended) this.#projection.itemsFinished(now, { urgent: true });
    }
    if (isCancelled) this.#failWaiting(now);
    if (now >= this.#deadlineOf(batch)) this.#failAll(now);
  }

  #failWaiting(now: number): void {
    const message = "The batch was cancelled before this page was rendered.";
    const failed = this.#ledger.failRest("cancelled", message, now, { includeRendering: false });
    if (failed === 0) return;
    this.#projection.itemsFinished(now, { urgent: true });
    this.#log("info", "batch.cancelled", { failed });
  }

  #failAll(now: number): void {
    const seconds = this.#settings.BATCH_DEADLINE_MS / 1000;
    const message = `The batch did not complete within its deadline of ${seconds} s.`;
    const failed = this.#ledger.failRest("deadline_exceeded", message, now, { includeRendering: true });
    if (failed === 0) return;
    this.#projection.itemsFinished(now, { urgent: true });
    this.#log("warn", "batch.deadline_exceeded", { failed });
  }

  #record(report: Report, now: number): void {
    const effect = this.#ledger.report(report, now, this.#isCancelled());
    const hasFinished = effect === "completed" || effect === "failed";
    if (hasFinished) this.#projection.itemsFinished(now, { urgent: false });
    this.#log(...logOfReport(report, effect));
  }

  async #complete(batch: BatchRow): Promise<void> {
    const counts = this.#ledger.counts();
    const { kv } = this.ctx.storage;
    // Stored before D1 is called, so that a repeat writes the same time.
    const completedAt = kv.get<number>("completing") ?? Date.now();
    kv.put("completing", completedAt);
    const completed = await completeBatch(this.env.DB, batch, counts, completedAt);
    kv.put("completed", completedAt);
    if (completed?.webhook && tellOfCompletion(completed.webhookEvents))
      this.#delivery.begin(completedAt, completionEvent(completed));
    const { completed: succeeded, failed, retried } = counts;
    const ms = completedAt - batch.createdAt;
    this.#log("info", "batch.completed", { completed: succeeded, failed, retried, ms });
  }

  async #afterCompletion(batch: BatchRow): Promise<void> {
    if (this.#delivery.isDue(Date.now())) await this.#delivery.attempt(this.env, batch.id);
    if (Date.now() < this.#forgetAt()) return;
    this.#batch = undefined;
    await this.ctx.storage.deleteAll();
    this.#openLedger = undefined;
    this.#delivery = new WebhookDelivery(this.ctx.storage);
    this.#itemEvents = new ItemEvents(this.ctx.storage);
  }

  /** Opened when first needed, so that a tracker without a batch stores nothing, not even empty tables. */
  get #ledger(): Ledger {
    this.#openLedger ??= new Ledger(this.ctx.storage, {
      maxAttempts: this.#settings.MAX_ATTEMPTS,
      retryDelay: this.#settings.RETRY_DELAY_MS,
      renderLease: this.#settings.RENDER_LEASE_MS,
    });
    return this.#openLedger;
  }

  /** Sets the alarm if it is due earlier now. */
  #schedule(now: number): void {
    // An alarm that is running sets the next one when it ends.
    if (this.#isAdvancing) return;
    const next = this.#nextAlarmAt(now);
    if (next === null || (this.#alarmAt !== undefined && this.#alarmAt <= next)) return;
    this.#alarmAt = next;
    this.ctx.waitUntil(this.ctx.storage.setAlarm(next));
  }

  async #setNextAlarm(): Promise<void> {
    const now = Date.now();
    const next = this.#failures > 0 ? now + this.#backoff() : this.#nextAlarmAt(now);
    this.#alarmAt = next ?? undefined;
    if (next === null) await this.ctx.storage.deleteAlarm();
    else await this.ctx.storage.setAlarm(next);
  }

  /** When something is due next, epoch ms; null if this object has no batch (any more). */
  #nextAlarmAt(now: number): number | null {
    const batch = this.#batch;
    if (!batch) return null;
    const itemEventsDueAt = this.#itemEventsDueAt(batch);
    if (this.#isCompleted()) {
      const dueAt = this.#delivery.dueAt ?? this.#forgetAt();
      return Math.max(now, Math.min(dueAt, itemEventsDueAt ?? dueAt));
    }
    const ledger = this.#ledger;
    if (!isLoaded(ledger, batch) || ledger.isSettled() || this.#projection.isDue(ledger, now)) return now;
    const times = [
      // What this object has in memory may be lost.
      Math.max(now + this.#settings.TRACKER_HEARTBEAT_MS, this.#restsUntil(now)),
      this.#deadlineOf(batch),
      ledger.nextDueAt(now),
      this.#projection.dueAt(ledger),
      itemEventsDueAt,
      ledger.ready(now, 1) > 0 ? this.#announcer.dueAt : null,
    ];
    return Math.max(now, Math.min(...times.filter((time) => time !== null)));
  }

  /**
   * Until when there is nothing to do, epoch ms; in the past if there may be. On the free plan, whose browser minutes may
   * be used up until the next day, waiting must not use up the day's rows.
   */
  #restsUntil(now: number): number {
    return this.#ledger.pagesLeft(now, 1).rendering === 0 ? this.#announcer.restsUntil : 0;
  }

  #backoff(): number {
    const delay = Math.min(MAX_BACKOFF_MS, 250 * 2 ** Math.min(this.#failures, 10));
    return delay * (0.5 + Math.random() / 2);
  }

  #isCompleted(): boolean {
    return this.#completedAt() !== undefined;
  }

  #completedAt(): number | undefined {
    return this.ctx.storage.kv.get<number>("completed") ?? this.#batch?.completedAt ?? undefined;
  }

  #isCancelled(): boolean {
    return this.ctx.storage.kv.get<boolean>("cancelled") ?? typeof this.#batch?.cancelledAt === "number";
  }

  #deadlineOf(batch: BatchRow): number {
    return batch.createdAt + this.#settings.BATCH_DEADLINE_MS;
  }

  #forgetAt(): number {
    const ends = [this.#completedAt() ?? 0, this.#delivery.endedAt, this.#itemEvents.endedAt];
    return Math.max(...ends) + this.#settings.TRACKER_RETENTION_MS;
  }

  #log(level: LogLevel, event: string, fields: LogFields = {}): void {
    log(level, event, { batch_id: this.#batch?.id, account_id: this.#batch?.accountId, ...fields });
  }
}
