/**
 * The delivery of a batch's one event. Its state is in the tracker's storage, so it continues after a restart. The
 * tracker's alarm drives it, so there is never more than one attempt at a time.
 */
import { database } from "../db/client.ts";
import { type Delivery, type DeliveryRow, readDelivery, recordDelivery } from "../db/deliveries.ts";
import { type Env, settings } from "../settings.ts";
import { log } from "../text/log.ts";
import { attemptRecord } from "./attempt-record.ts";
import { type CompletionEvent, completionEvent } from "./payload.ts";
import { MAX_ATTEMPTS, nextAttemptAt } from "./schedule.ts";
import { sendWebhook } from "./send.ts";

interface DeliveryState {
  /** The next attempt's number, from 1. */
  attempt: number;
  /** When it is due, epoch ms; null if no attempt is to follow. */
  dueAt: number | null;
  /** When the last attempt ended, epoch ms; 0 before the first. */
  endedAt: number;
  /** Attempts that are not yet in D1, oldest first. */
  unrecorded: DeliveryRow[];
}

/** Keys in the tracker's storage. */
const STATE = "delivery";
const EVENT = "event";

export class WebhookDelivery {
  readonly #kv: SyncKvStorage;
  #state: DeliveryState;

  constructor(storage: DurableObjectStorage) {
    this.#kv = storage.kv;
    this.#state = this.#kv.get<DeliveryState>(STATE) ?? {
      attempt: 1,
      dueAt: null,
      endedAt: 0,
      unrecorded: [],
    };
  }

  /** When an attempt, or its record in D1, is due, epoch ms; null if the delivery has ended. */
  get dueAt(): number | null {
    return this.#state.unrecorded.length > 0 ? this.#state.endedAt : this.#state.dueAt;
  }

  /** When the last attempt ended, epoch ms; 0 before the first. */
  get endedAt(): number {
    return this.#state.endedAt;
  }

  isDue(now: number): boolean {
    return this.dueAt !== null && this.dueAt <= now;
  }

  /**
   * Begins a series of attempts: the first is due now. Call it again to send the same event again.
   *
   * @param event the event to send from now on. Without it, the stored one is sent
   */
  begin(now: number, event?: CompletionEvent): void {
    if (event) this.#kv.put(EVENT, event);
    this.#store({ ...this.#state, attempt: 1, dueAt: now });
  }

  /**
   * Makes the attempt that is due, and records attempts in D1. An attempt during which the process died is made again
   * under the same number: nobody knows whether it arrived.
   *
   * @throws what D1 throws; to be called again then
   */
  async attempt(env: Env, batchId: string): Promise<void> {
    const { dueAt } = this.#state;
    if (dueAt !== null && dueAt <= Date.now()) await this.#makeAttempt(env, batchId);
    // Last, so that the next attempt does not wait for a database that takes no records.
    for (const record of this.#state.unrecorded) await this.#record(env, record);
  }

  async #makeAttempt(env: Env, batchId: string): Promise<void> {
    const begun = this.#state;
    const delivery = await readDelivery(database(env.DB), batchId, Date.now());
    if (!delivery) {
      this.#store({ ...begun, dueAt: null });
      return;
    }
    const attempt = `${begun.attempt}/${MAX_ATTEMPTS}`;
    const startedAt = Date.now();
    const result = await sendWebhook({
      url: delivery.url,
      event: this.#eventOf(delivery),
      secrets: delivery.secrets,
      attempt,
      settings: settings(env),
    });
    const endedAt = Date.now();
    const about = { batchId, event: "event.batch.completed", attempt, startedAt };
    const record = attemptRecord(about, result);
    const next = {
      attempt: begun.attempt + 1,
      dueAt: result.ok ? null : nextAttemptAt(begun.attempt, endedAt),
    };
    // If `begin` was called during the attempt, the series it began counts.
    const { attempt: nextAttempt, dueAt } = this.#state === begun ? next : this.#state;
    const unrecorded = [...this.#state.unrecorded, record];
    this.#store({ attempt: nextAttempt, dueAt, endedAt, unrecorded });
    log(result.ok ? "info" : "warn", result.ok ? "webhook.delivered" : "webhook.failed", {
      batch_id: batchId,
      account_id: delivery.batch.accountId,
      event_id: delivery.batch.eventId,
      delivery_id: record.id,
      attempt,
      http_status: result.httpStatus,
      code: record.errorCode,
      error: record.errorMessage,
      ms: result.durationMs,
      next_in_ms: dueAt === null ? null : dueAt - endedAt,
    });
  }

  /**
   * The event as it was built when the batch completed, so that all attempts send the same, even if the batch's
   * metadata has changed since.
   *
   * A tracker that has lost its storage, or has cleared it after TRACKER_RETENTION_MS, builds the event again from D1.
   * It has the same id, and differs only if the metadata has changed since completion. It is stored before it is sent,
   * so that the attempts that follow send the same again.
   */
  #eventOf({ batch }: Delivery): CompletionEvent {
    const stored = this.#kv.get<CompletionEvent>(EVENT);
    if (stored) return stored;
    const rebuilt = completionEvent(batch);
    this.#kv.put(EVENT, rebuilt);
    return rebuilt;
  }

  async #record(env: Env, record: DeliveryRow): Promise<void> {
    const { dueAt, endedAt, unrecorded } = this.#state;
    const hasEnded = dueAt === null && record === unrecorded.at(-1);
    await recordDelivery(database(env.DB), record, hasEnded ? endedAt : null, Date.now());
    this.#store({ ...this.#state, unrecorded: this.#state.unrecorded.filter(({ id }) => id !== record.id) });
  }

  #store(state: DeliveryState): void {
    this.#state = state;
    this.#kv.put(STATE, state);
  }
}
