/**
 * The object that sees a batch through, one a batch.
 *
 * It owns the truth of its batch in its own storage (ledger.ts), says which page is rendered next, sends tickets to the
 * queue, writes results to D1 (projection.ts), completes the batch and delivers its webhook. Claims and reports change
 * the ledger without awaiting anything. All else happens in `advance()`, which only the alarm calls, so that it never
 * overlaps itself. The alarm is set again before anything that can fail: whatever happens, there is a next time.
 */
import { DurableObject } from "cloudflare:workers";
import { openBindings } from "../io/bindings.ts";
import { withinTime } from "../io/time-limit.ts";
import type { Claim, RenderingId, RenderJob } from "../protocol/claim.ts";
import type { Report } from "../protocol/report.ts";
import type { TicketGroup } from "../protocol/ticket.ts";
import type { TrackerCalls } from "../protocol/tracker-calls.ts";
import { type Env, type Settings, settings } from "../settings.ts";
import { log, messageOf } from "../text/log.ts";
import { WebhookDelivery } from "../webhook/delivery.ts";
import { Ledger } from "./ledger.ts";
import {
  type BatchFacts,
  completeBatch,
  projectItems,
  readBatch,
  readItems,
  touchBatch,
} from "./projection.ts";
import { TicketWindow } from "./ticket-window.ts";

/** Queues take 100 messages a call (developers.cloudflare.com/queues/platform/limits). */
const TICKETS_PER_CALL = 100;
/** Items read from D1 at a time: with URLs of the greatest length some 8 MB. */
const ITEMS_PER_READ = 1000;
/** A failing step is tried again after twice as long each time, up to this many ms. */
const MAX_BACKOFF_MS = 30_000;
const SWEEP_TOUCH_MS = 60_000;
/** While there is no browser for a batch, it asks again at least this often, in ms: one may have become free. */
const MAX_BROWSER_WAIT_MS = 10_000;

/** The tracker of a batch. */
export function batchTracker(env: Env, batchId: string): DurableObjectStub<BatchTracker> {
  return env.BATCH_TRACKER.get(env.BATCH_TRACKER.idFromName(batchId));
}

export class BatchTracker extends DurableObject<Env> implements TrackerCalls {
  readonly #settings: Settings;
  #openLedger: Ledger | undefined;
  readonly #window: TicketWindow;
  #delivery: WebhookDelivery;
  #batch: BatchFacts | undefined;
  /** When finished items are to be in D1 at the latest; null while there are none. */
  #projectBy: number | null = 0;
  #touchedAt = 0;
  #failures = 0;
  #advancing = false;
  #sendingTickets = false;
  #alarmAt: number | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, openBindings(env, { attempts: 1 }));
    const limits = settings(this.env);
    this.#settings = limits;
    this.#window = new TicketWindow({
      min: limits.TICKET_WINDOW_MIN,
      max: limits.TICKET_WINDOW_MAX,
      waitTarget: limits.TICKET_WAIT_TARGET_MS,
      lease: limits.TICKET_LEASE_MS,
    });
    this.#delivery = new WebhookDelivery(ctx.storage);
    this.#batch = ctx.storage.kv.get<BatchFacts>("batch");
  }

  /**
   * Takes the batch on. From when this has answered the batch completes, whatever fails. Safe to repeat, and the way to
   * wake a tracker that has gone quiet or has lost its storage.
   *
   * @throws Error if D1 has no such batch, or cannot be asked
   */
  async start(batchId: string): Promise<void> {
    await this.#takeOn(batchId);
    await this.#wake();
  }

  /**
   * A consumer with tickets in hand asks for pages to render.
   *
   * @param limit at most so many assignments
   * @param id names the call: one that is repeated, because its answer was lost, gets the same assignments
   * @returns null when the batch has nothing more to render, now or later
   */
  async claim(
    tickets: TicketGroup[],
    limit: number,
    id: string = crypto.randomUUID(),
  ): Promise<Claim | null> {
    const now = Date.now();
    for (const { sentAt, count } of tickets) this.#window.pickedUp(sentAt, count, now);
    if (!this.#batch || this.#isCompleted()) return null;
    const assignments = this.#ledger.claim(limit, now, id);
    for (const { idx: item, rendering } of assignments)
      this.#log("debug", "item.claimed", { item, rendering });
    this.#schedule(now);
    return { job: this.#job(this.#batch), assignments };
  }

  /** A consumer says that it lives, and what it is rendering. */
  async stillRendering(renderings: RenderingId[]): Promise<void> {
    if (!this.#batch || this.#isCompleted()) return;
    this.#ledger.extend(renderings, Date.now());
  }

  /**
   * Tickets that nothing has come of. Others go out in their place.
   *
   * @param waitMs when there is no browser for them: how long not to send any
   */
  async giveBack(tickets: TicketGroup[], waitMs: number): Promise<void> {
    const now = Date.now();
    for (const { sentAt, count } of tickets) this.#window.unsent(count, sentAt);
    if (!this.#batch || this.#isCompleted()) return;
    if (waitMs > 0) this.#window.holdBack(now + this.#browserWait(waitMs), now);
    this.#schedule(now);
  }

  /** Takes reports in. A report that came before, or is of an item that has ended, changes nothing. */
  async report(reports: Report[]): Promise<void> {
    if (!this.#batch || this.#isCompleted()) return;
    const now = Date.now();
    for (const report of reports) this.#take(report, now);
    this.#schedule(now);
  }

  /**
   * Fails what has not begun to be rendered. Pages that are being rendered end as they end, without a retry.
   *
   * @throws Error if D1 has no such batch, or cannot be asked
   */
  async cancel(batchId: string): Promise<void> {
    await this.#takeOn(batchId);
    if (this.#isCompleted()) return;
    this.ctx.storage.kv.put("cancelled", true);
    this.#failWaiting(Date.now());
    await this.#wake();
  }

  /**
   * Sends the batch's event again, with as many attempts as the first time. Nothing happens before completion.
   *
   * It does not need `start`, whose alarm could make a tracker that has long forgotten its batch do so again at once.
   *
   * @throws Error if D1 has no such batch, or cannot be asked
   */
  async redeliver(batchId: string): Promise<void> {
    const { webhook } = await this.#takeOn(batchId);
    if (!webhook || !this.#isCompleted()) return;
    this.#delivery.begin(Date.now());
    await this.#wake();
  }

  /**
   * Wakes the tracker of a completed batch whose delivery has not ended, as D1 has it. It goes on where it was; one that
   * this object knows nothing of begins anew. Safe to repeat.
   *
   * @throws Error if D1 has no such batch, or cannot be asked
   */
  async goOnDelivering(batchId: string): Promise<void> {
    await this.#takeOn(batchId);
    if (this.#isCompleted() && this.#delivery.dueAt === null) {
      const row = await this.#io("Reading the batch", readBatch(this.env.DB, batchId));
      const hasEnded = !row?.webhook || row.webhookEndedAt !== null;
      if (!hasEnded && this.#delivery.dueAt === null) this.#delivery.begin(Date.now());
    }
    await this.#wake();
  }

  async #takeOn(batchId: string): Promise<BatchFacts> {
    if (this.#batch) return this.#batch;
    const batch = await this.#io("Reading the batch", readBatch(this.env.DB, batchId));
    if (!batch) throw new Error(`There is no batch ${batchId}.`);
    this.#batch = batch;
    this.ctx.storage.kv.put("batch", batch);
    this.#log("info", "batch.taken_on", { total: batch.totalUrls, status: batch.status });
    return batch;
  }

  /** Has the alarm look at everything now. What it is to find is durable when this has returned. */
  async #wake(): Promise<void> {
    this.#alarmAt = Date.now();
    await this.ctx.storage.setAlarm(this.#alarmAt);
    await this.ctx.storage.sync();
  }

  override async alarm(): Promise<void> {
    this.#advancing = true;
    try {
      await this.ctx.storage.setAlarm(Date.now() + this.#settings.TRACKER_HEARTBEAT_MS);
      await this.#advance();
      this.#failures = 0;
    } catch (thrown) {
      this.#failures += 1;
      this.#log("error", "tracker.step_failed", { error: messageOf(thrown), failures: this.#failures });
    } finally {
      this.#advancing = false;
    }
    await this.#setNextAlarm();
  }

  /** One look at everything that may be due. Each step may be repeated. */
  async #advance(): Promise<void> {
    const batch = this.#batch;
    if (!batch) return;
    if (!this.#isCompleted()) {
      await this.#load(batch);
      this.#endWhatIsOver(batch, Date.now());
      const steps = await Promise.allSettled([this.#sendTickets(), this.#project(batch), this.#touch(batch)]);
      for (const step of steps) if (step.status === "rejected") throw step.reason;
      if (this.#ledger.isSettled()) await this.#complete(batch);
    }
    if (this.#isCompleted()) await this.#afterCompletion(batch);
  }

  /** Copies the batch's items from D1 into the ledger, once. Goes on where it stopped. */
  async #load(batch: BatchFacts): Promise<void> {
    const { kv } = this.ctx.storage;
    while (this.#ledger.counts().total < batch.totalUrls) {
      const after = kv.get<number>("loaded") ?? -1;
      const page = await this.#io("Reading items", readItems(this.env.DB, batch.id, after, ITEMS_PER_READ));
      const last = page.at(-1);
      if (!last) throw new Error(`D1 has fewer items than the batch's ${batch.totalUrls}.`);
      this.#ledger.enter(page);
      kv.put("loaded", last.idx);
    }
  }

  #isLoaded(batch: BatchFacts): boolean {
    return this.#ledger.counts().total >= batch.totalUrls;
  }

  #endWhatIsOver(batch: BatchFacts, now: number): void {
    const cancelled = this.#isCancelled();
    for (const { idx, rendering, ended } of this.#ledger.expireLeases(now, cancelled)) {
      this.#log("warn", "item.rendering_lost", { item: idx, rendering, ended });
    }
    if (cancelled) this.#failWaiting(now);
    if (now >= this.#deadlineAt(batch)) {
      const limit = `${this.#settings.BATCH_DEADLINE_MS / 1000} s`;
      const message = `The batch did not complete within its deadline of ${limit}.`;
      const failed = this.#ledger.failRest("deadline_exceeded", message, now, { includeRendering: true });
      if (failed > 0) this.#log("warn", "batch.deadline_exceeded", { failed });
    }
    const lost = this.#window.expire(now);
    if (lost > 0) this.#log("warn", "tickets.lost", { count: lost });
    if (this.#ledger.unprojectedCount() > 0) this.#projectBy ??= now;
  }

  #failWaiting(now: number): void {
    const message = "The batch was cancelled before this page was rendered.";
    const failed = this.#ledger.failRest("cancelled", message, now, { includeRendering: false });
    if (failed === 0) return;
    this.#projectBy = now;
    this.#log("info", "batch.cancelled", { failed });
  }

  #take({ idx: item, rendering, outcome: reported }: Report, now: number): void {
    const outcome =
      reported.kind === "released"
        ? { ...reported, retryAfterMs: this.#browserWait(reported.retryAfterMs) }
        : reported;
    const effect = this.#ledger.report({ idx: item, rendering, outcome }, now, this.#isCancelled());
    if (outcome.kind === "released") this.#window.holdBack(now + outcome.retryAfterMs, now);
    const facts = outcome.kind === "released" ? {} : { http_status: outcome.httpStatus, ms: outcome.ms };
    const fields = { item, rendering, ...facts };
    if (outcome.kind === "failed") {
      const cause = { code: outcome.code, error: outcome.message };
      this.#log(effect === "failed" ? "warn" : "info", `item.${effect}`, { ...fields, ...cause });
    } else {
      this.#log(effect === "completed" ? "info" : "debug", `item.${effect}`, fields);
    }
    if (effect === "completed" || effect === "failed")
      this.#projectBy ??= now + this.#settings.PROJECTION_DELAY_MS;
  }

  /** Tops the tickets in the queue up to what the window allows. Only one call at a time does so. */
  async #sendTickets(): Promise<void> {
    const batch = this.#batch;
    if (!batch || this.#sendingTickets || this.#isCompleted()) return;
    this.#sendingTickets = true;
    try {
      const now = Date.now();
      const room = this.#window.room(this.#ledger.ready(now, this.#window.size), now);
      for (let left = room; left > 0; left -= TICKETS_PER_CALL) {
        const count = Math.min(left, TICKETS_PER_CALL);
        const sentAt = Date.now();
        const body = { batch: batch.id, country: batch.renderCountry, sentAt };
        this.#window.sent(count, sentAt);
        try {
          await this.#io(
            "The queue",
            this.env.RENDER_QUEUE.sendBatch(Array.from({ length: count }, () => ({ body }))),
          );
        } catch (thrown) {
          this.#window.unsent(count, sentAt);
          throw thrown;
        }
      }
      if (room > 0) this.#log("debug", "tickets.sent", { count: room, window: this.#window.size });
    } finally {
      this.#sendingTickets = false;
    }
  }

  /** Writes what has finished to D1, when enough has or has waited long enough. */
  async #project(batch: BatchFacts): Promise<void> {
    while (this.#isProjectionDue(Date.now())) {
      const finished = this.#ledger.unprojected(this.#settings.PROJECTION_ITEMS);
      const { retried } = this.#ledger.counts();
      const before = this.#ledger.projectedCounts();
      const write = projectItems(this.env.DB, batch, finished, before, retried, Date.now());
      const projected = await this.#io("Writing results", write);
      this.#ledger.markProjected(projected);
      const count = projected - before.completed - before.failed;
      this.#log("debug", "items.projected", { count, up_to_seq: projected });
      this.#touchedAt = Date.now();
      // What has come in meanwhile waits like any other, or a steady flow would never let this end.
      const isAll = this.#ledger.unprojectedCount() === 0;
      this.#projectBy = isAll ? null : Date.now() + this.#settings.PROJECTION_DELAY_MS;
    }
  }

  #isProjectionDue(now: number): boolean {
    const waiting = this.#ledger.unprojectedCount();
    if (waiting === 0) return false;
    const { total, completed, failed } = this.#ledger.counts();
    return (
      waiting >= this.#settings.PROJECTION_ITEMS ||
      completed + failed === total ||
      now >= (this.#projectBy ?? 0)
    );
  }

  async #touch(batch: BatchFacts): Promise<void> {
    const now = Date.now();
    if (now - this.#touchedAt < SWEEP_TOUCH_MS) return;
    this.#touchedAt = now;
    await this.#io("Touching the batch", touchBatch(this.env.DB, batch.id, now));
  }

  async #complete(batch: BatchFacts): Promise<void> {
    const counts = this.#ledger.counts();
    const { kv } = this.ctx.storage;
    // Kept before D1 is asked, so that a repeat writes the same time.
    const completedAt = kv.get<number>("completing") ?? Date.now();
    kv.put("completing", completedAt);
    await this.#io("Completing the batch", completeBatch(this.env.DB, batch, counts, completedAt));
    kv.put("completed", completedAt);
    if (batch.webhook) this.#delivery.begin(completedAt);
    const { completed, failed, retried } = counts;
    this.#log("info", "batch.completed", { completed, failed, retried, ms: completedAt - batch.createdAt });
  }

  async #afterCompletion(batch: BatchFacts): Promise<void> {
    if (this.#delivery.isDue(Date.now())) await this.#delivery.attempt(this.env, batch.id);
    if (Date.now() < this.#forgetAt()) return;
    this.#batch = undefined;
    await this.ctx.storage.deleteAll();
    this.#openLedger = undefined;
    this.#delivery = new WebhookDelivery(this.ctx.storage);
  }

  /** Opened when it is first needed: a tracker without a batch keeps nothing, not even an empty ledger. */
  get #ledger(): Ledger {
    this.#openLedger ??= new Ledger(this.ctx.storage, {
      maxAttempts: this.#settings.MAX_ATTEMPTS,
      retryDelay: this.#settings.RETRY_DELAY_MS,
      renderLease: this.#settings.RENDER_LEASE_MS,
    });
    return this.#openLedger;
  }

  #schedule(now: number): void {
    const isLow = this.#window.waiting <= this.#window.size / 2 && now >= this.#window.heldBackUntil;
    if (isLow && !this.#sendingTickets) {
      this.ctx.waitUntil(
        this.#sendTickets().catch((thrown) =>
          this.#log("warn", "tickets.not_sent", { error: messageOf(thrown) }),
        ),
      );
    }
    // The alarm that is running looks at everything anew when it ends.
    if (this.#advancing) return;
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

  /** When something is due next; null when the batch is not (or no longer) this object's. */
  #nextAlarmAt(now: number): number | null {
    const batch = this.#batch;
    if (!batch) return null;
    if (this.#isCompleted()) return this.#delivery.dueAt ?? this.#forgetAt();
    if (!this.#isLoaded(batch) || this.#ledger.isSettled() || this.#isProjectionDue(now)) return now;
    const times = [
      now + this.#settings.TRACKER_HEARTBEAT_MS,
      this.#deadlineAt(batch),
      this.#ledger.nextDueAt(now),
      this.#ledger.unprojectedCount() > 0 ? this.#projectBy : null,
      this.#window.heldBackUntil > now ? this.#window.heldBackUntil : null,
    ];
    return Math.max(now, Math.min(...times.filter((time) => time !== null)));
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

  /** Not as long as the pool says, which knows of launches alone, and not for all at the same time. */
  #browserWait(ms: number): number {
    return Math.min(ms, MAX_BROWSER_WAIT_MS) * (0.75 + Math.random() / 2);
  }

  #deadlineAt(batch: BatchFacts): number {
    return batch.createdAt + this.#settings.BATCH_DEADLINE_MS;
  }

  #forgetAt(): number {
    return Math.max(this.#completedAt() ?? 0, this.#delivery.endedAt) + this.#settings.TRACKER_RETENTION_MS;
  }

  #job(batch: BatchFacts): RenderJob {
    const { id: batchId, accountId, renderCountry: country, linksOnPage, parserId, parserVersion } = batch;
    const parser = parserId === null ? null : { id: parserId, version: parserVersion ?? 1 };
    return { batchId, accountId, country, linksOnPage, parser };
  }

  #io<T>(what: string, promise: Promise<T>): Promise<T> {
    return withinTime(this.#settings.IO_TIMEOUT_MS, what, promise);
  }

  #log(level: Parameters<typeof log>[0], event: string, fields: Parameters<typeof log>[2] = {}): void {
    log(level, event, { batch_id: this.#batch?.id, account_id: this.#batch?.accountId, ...fields });
  }
}
