/**
 * The delivery of a batch's one event: which attempt is next and when, kept in the tracker's storage, so that it goes
 * on after a restart. The tracker's alarm drives it, so there is never more than one attempt at a time.
 */
import { type Env, settings } from "../env.ts";
import { log } from "../log.ts";
import { withinTime } from "../time-limit.ts";
import { completionEvent } from "./payload.ts";
import { type DeliveryRecord, readDelivery, recordDelivery } from "./record.ts";
import { MAX_ATTEMPTS, nextAttemptAt } from "./schedule.ts";
import { sendWebhook } from "./send.ts";

interface DeliveryState {
  /** The next attempt's number, from 1. */
  attempt: number;
  /** When it is due; null when there is none to come. Epoch ms. */
  dueAt: number | null;
  /** When the last attempt ended; 0 before. Epoch ms. */
  endedAt: number;
  /** The last attempt, until D1 has it. */
  unrecorded: DeliveryRecord | null;
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
      unrecorded: null,
    };
  }

  /** When an attempt, or its record in D1, is due; null when the delivery is at its end. Epoch ms. */
  get dueAt(): number | null {
    return this.#state.unrecorded ? this.#state.endedAt : this.#state.dueAt;
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
   * Makes the attempt that is due. One that the process did not live to see the end of is made again under the same
   * number: whether it arrived nobody knows.
   *
   * @throws what D1 throws; to be called again
   */
  async attempt(env: Env, batchId: string): Promise<void> {
    await this.#recordLast(env);
    const { attempt, dueAt } = this.#state;
    if (dueAt === null || dueAt > Date.now()) return;
    const limit = settings(env).IO_TIMEOUT_MS;
    const found = await withinTime(limit, "Reading the webhook", readDelivery(env.DB, batchId, Date.now()));
    if (!found) {
      this.#keep({ ...this.#state, dueAt: null });
      return;
    }
    const startedAt = Date.now();
    const result = await sendWebhook({
      url: found.url,
      event: completionEvent(found.batch),
      secrets: found.secrets,
      attempt,
      settings: settings(env),
    });
    const endedAt = Date.now();
    // `begin` may have been called while the attempt was on its way: what it set stands.
    const isCurrent = this.#state.attempt === attempt && this.#state.dueAt === dueAt;
    const nextAt = result.ok ? null : nextAttemptAt(attempt, endedAt);
    const record: DeliveryRecord = {
      id: `delivery_${crypto.randomUUID().replaceAll("-", "")}`,
      batchId,
      attempt: `${attempt}/${MAX_ATTEMPTS}`,
      startedAt,
      durationMs: result.durationMs,
      delivered: result.ok,
      httpStatus: result.httpStatus,
      errorCode: result.error?.code ?? null,
      errorMessage: result.error?.message ?? null,
    };
    this.#keep({
      ...(isCurrent ? { attempt: attempt + 1, dueAt: nextAt } : this.#state),
      endedAt,
      unrecorded: record,
    });
    log(result.ok ? "info" : "warn", result.ok ? "webhook.delivered" : "webhook.failed", {
      batch_id: batchId,
      account_id: found.batch.accountId,
      event: found.batch.eventId,
      attempt: record.attempt,
      http_status: result.httpStatus,
      code: record.errorCode,
      ms: result.durationMs,
      next_in_ms: nextAt === null ? null : nextAt - endedAt,
    });
    await this.#recordLast(env);
  }

  async #recordLast(env: Env): Promise<void> {
    const record = this.#state.unrecorded;
    if (!record) return;
    await withinTime(settings(env).IO_TIMEOUT_MS, "Recording the delivery", recordDelivery(env.DB, record));
    this.#keep({ ...this.#state, unrecorded: null });
  }

  #keep(state: DeliveryState): void {
    this.#state = state;
    this.#kv.put(KEY, state);
  }
}
