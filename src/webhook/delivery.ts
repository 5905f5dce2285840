/**
 * The delivery of a batch's one event: which attempt is next and when, kept in the tracker's storage, so that it goes
 * on after a restart. The tracker's alarm drives it, so there is never more than one attempt at a time.
 */
import { database } from "../db/client.ts";
import { type DeliveryRow, readDelivery, recordDelivery } from "../db/deliveries.ts";
import { withinTime } from "../io/time-limit.ts";
import { type Env, settings } from "../settings.ts";
import { newId } from "../text/id.ts";
import { log } from "../text/log.ts";
import { completionEvent } from "./payload.ts";
import { MAX_ATTEMPTS, nextAttemptAt } from "./schedule.ts";
import { sendWebhook } from "./send.ts";

interface DeliveryState {
  /** The next attempt's number, from 1. */
  attempt: number;
  /** When it is due; null when there is none to come. Epoch ms. */
  dueAt: number | null;
  /** When the last attempt ended; 0 before. Epoch ms. */
  endedAt: number;
  /** Attempts made that D1 does not have yet, oldest first. */
  unrecorded: DeliveryRow[];
}

const KEY = "delivery";

export class WebhookDelivery {
  readonly #kv: SyncKvStorage;
  #state: DeliveryState;

  constructor(storage: DurableObjectStorage) {
    this.#kv = storage.kv;
    this.#state = this.#kv.get<DeliveryState>(KEY) ?? {
      attempt: 1,
      dueAt: null,
      endedAt: 0,
      unrecorded: [],
    };
  }

  /** When an attempt, or its record in D1, is due; null when the delivery is at its end. Epoch ms. */
  get dueAt(): number | null {
    return this.#state.unrecorded.length > 0 ? this.#state.endedAt : this.#state.dueAt;
  }

  /** When the last attempt ended; 0 before the first. Epoch ms. */
  get endedAt(): number {
    return this.#state.endedAt;
  }

  isDue(now: number): boolean {
    return this.dueAt !== null && this.dueAt <= now;
  }

  /** Makes the first attempt due now, also after the last has been made: the same event goes out again. */
  begin(now: number): void {
    this.#keep({ ...this.#state, attempt: 1, dueAt: now });
  }

  /**
   * Makes the attempt that is due, and records those that are not yet. An attempt that the process did not live to see
   * the end of is made again under the same number: whether it arrived nobody knows.
   *
   * @throws what D1 throws; to be called again
   */
  async attempt(env: Env, batchId: string): Promise<void> {
    const { dueAt } = this.#state;
    if (dueAt !== null && dueAt <= Date.now()) await this.#makeAttempt(env, batchId);
    // Last, so that the next attempt does not wait for a database that takes no records.
    for (const record of this.#state.unrecorded) await this.#record(env, record);
  }

  async #makeAttempt(env: Env, batchId: string): Promise<void> {
    const begun = this.#state;
    const reading = readDelivery(database(env.DB), batchId, Date.now());
    const found = await withinTime(settings(env).IO_TIMEOUT_MS, "Reading the webhook", reading);
    if (!found) {
      this.#keep({ ...begun, dueAt: null });
      return;
    }
    const attempt = `${begun.attempt}/${MAX_ATTEMPTS}`;
    const startedAt = Date.now();
    const result = await sendWebhook({
      url: found.url,
      event: completionEvent(found.batch),
      secrets: found.secrets,
      attempt,
      settings: settings(env),
    });
    const endedAt = Date.now();
    const next = {
      attempt: begun.attempt + 1,
      dueAt: result.ok ? null : nextAttemptAt(begun.attempt, endedAt),
    };
    const record: DeliveryRow = {
      id: newId("delivery"),
      batchId,
      attempt,
      startedAt,
      durationMs: result.durationMs,
      delivered: result.ok,
      httpStatus: result.httpStatus,
      errorCode: result.error?.code ?? null,
      errorMessage: result.error?.message ?? null,
    };
    // `begin` may have been called while the attempt was on its way: what it set stands.
    const following = this.#state === begun ? next : this.#state;
    this.#keep({
      attempt: following.attempt,
      dueAt: following.dueAt,
      endedAt,
      unrecorded: [...this.#state.unrecorded, record],
    });
    log(result.ok ? "info" : "warn", result.ok ? "webhook.delivered" : "webhook.failed", {
      batch_id: batchId,
      account_id: found.batch.accountId,
      event_id: found.batch.eventId,
      delivery_id: record.id,
      attempt,
      http_status: result.httpStatus,
      code: record.errorCode,
      error: record.errorMessage,
      ms: result.durationMs,
      next_in_ms: following.dueAt === null ? null : following.dueAt - endedAt,
    });
  }

  async #record(env: Env, record: DeliveryRow): Promise<void> {
    const { dueAt, endedAt, unrecorded } = this.#state;
    const hasEnded = dueAt === null && record === unrecorded.at(-1);
    const recording = recordDelivery(database(env.DB), record, hasEnded ? endedAt : null, Date.now());
    await withinTime(settings(env).IO_TIMEOUT_MS, "Recording the delivery", recording);
    this.#keep({ ...this.#state, unrecorded: this.#state.unrecorded.filter(({ id }) => id !== record.id) });
  }

  #keep(state: DeliveryState): void {
    this.#state = state;
    this.#kv.put(KEY, state);
  }
}
