/**
 * Tells a batch's webhook of items as they finish, if the batch asked for it: in groups, in order, one request at a time.
 *
 * Requests are made beside the tracker's other work, which never waits for them. The state is in the tracker's storage: a
 * request during which the process died is made again with the same event.
 */
import type { BatchRow } from "../db/batches.ts";
import { database } from "../db/client.ts";
import { readDelivery, recordItemsDelivery } from "../db/deliveries.ts";
import { type FinishedStatus, listFinishedItems } from "../db/items.ts";
import { type Env, settings } from "../settings.ts";
import { newId } from "../text/id.ts";
import { log, messageOf } from "../text/log.ts";
import { attemptRecord } from "../webhook/attempt-record.ts";
import { MAX_ATTEMPTS, nextAttemptAt } from "../webhook/schedule.ts";
import { type AttemptResult, sendWebhook } from "../webhook/send.ts";
import { itemObjects } from "./item-object.ts";
import { itemsEvent, MAX_ITEMS_PER_EVENT } from "./items-event.ts";

interface State {
  /** The position of the last item that was told of, or given up. */
  upTo: number;
  /** The group that is being told: the same in all attempts. `upTo` is the position of its last item. */
  group: { eventId: string; upTo: number } | null;
  /** The next attempt's number, from 1. */
  attempt: number;
  /** When it is due at the earliest, epoch ms. */
  dueAt: number;
  /** When the last attempt ended, epoch ms; 0 before the first. */
  endedAt: number;
}

/** The key in the tracker's storage. */
const STATE = "item_events";
/** Wait after D1 or R2 has failed, in ms. */
const RETRY_MS = 5000;

export class ItemEvents {
  readonly #kv: SyncKvStorage;
  #state: State | undefined;
  #isSending = false;

  constructor(storage: DurableObjectStorage) {
    this.#kv = storage.kv;
    this.#state = this.#kv.get<State>(STATE);
  }

  /** Begins with the batch's first item, unless it has begun before. Without this, nothing is ever told. */
  begin(): void {
    if (!this.#state) this.#store({ upTo: 0, group: null, attempt: 1, dueAt: 0, endedAt: 0 });
  }

  /** When the last attempt ended, epoch ms; 0 before the first. */
  get endedAt(): number {
    return this.#state?.endedAt ?? 0;
  }

  /**
   * When the next attempt is due, epoch ms. Null if one is being made, or there is nothing to tell.
   *
   * @param finished how many items D1 shows as finished
   */
  dueAt(finished: number): number | null {
    if (!this.#state || this.#isSending || this.#state.upTo >= finished) return null;
    return this.#state.dueAt;
  }

  /** Makes an attempt to tell the next group. Does not throw. */
  async send(env: Env, batch: BatchRow): Promise<void> {
    const state = this.#state;
    if (!state || this.#isSending) return;
    this.#isSending = true;
    try {
      await this.#send(env, batch, state);
    } catch (thrown) {
      if (this.#state) this.#store({ ...this.#state, dueAt: Date.now() + RETRY_MS });
      const ids = { batch_id: batch.id, account_id: batch.accountId };
      log("warn", "webhook.items_not_sent", { ...ids, error: messageOf(thrown) });
    } finally {
      this.#isSending = false;
    }
  }

  async #send(env: Env, { id: batchId, accountId, webhookEvents }: BatchRow, state: State): Promise<void> {
    const db = database(env.DB);
    const delivery = await readDelivery(db, batchId, Date.now());
    const status = statusOf(webhookEvents ?? []);
    const query = { status, after: state.upTo, limit: MAX_ITEMS_PER_EVENT };
    const found = delivery && (await listFinishedItems(db, accountId, batchId, query));
    if (!found) {
      this.#end();
      return;
    }
    const { batch } = found;
    const last = state.group?.upTo ?? Number.POSITIVE_INFINITY;
    const rows = found.items.filter(({ seq }) => (seq ?? 0) <= last);
    const items = await itemObjects(env.CONTENT, batch, rows);
    const upTo = rows[items.length - 1]?.seq;
    if (typeof upTo !== "number") {
      // None of the items that have finished since is to be told of.
      const finished = batch.completedUrls + batch.failedUrls;
      const dueAt = finished > state.upTo ? state.dueAt : Date.now() + RETRY_MS;
      this.#store({ ...state, upTo: Math.max(state.upTo, finished), dueAt });
      return;
    }
    const group = state.group ?? { eventId: newId("event"), upTo };
    const begun = { ...state, group };
    // Before the request: if the process dies, the same event is sent again.
    this.#store(begun);
    const attempt = `${state.attempt}/${MAX_ATTEMPTS}`;
    const startedAt = Date.now();
    const result = await sendWebhook({
      url: delivery.url,
      event: itemsEvent(group.eventId, batch, items),
      secrets: delivery.secrets,
      attempt,
      settings: settings(env),
    });
    this.#note(begun, result);
    const record = attemptRecord({ batchId, event: "event.batch.items", attempt, startedAt }, result);
    log(result.ok ? "info" : "warn", result.ok ? "webhook.items_delivered" : "webhook.items_failed", {
      batch_id: batchId,
      account_id: accountId,
      event_id: group.eventId,
      delivery_id: record.id,
      items: items.length,
      up_to_seq: group.upTo,
      attempt,
      http_status: result.httpStatus,
      code: record.errorCode,
      error: record.errorMessage,
      ms: result.durationMs,
    });
    await recordItemsDelivery(db, record).catch((thrown) =>
      log("warn", "webhook.attempt_not_recorded", { batch_id: batchId, error: messageOf(thrown) }),
    );
  }

  /** After the last attempt, the group is given up: those after it may still arrive. */
  #note(state: State & { group: { upTo: number } }, { ok }: AttemptResult): void {
    const endedAt = Date.now();
    const next = ok ? null : nextAttemptAt(state.attempt, endedAt);
    if (next !== null) this.#store({ ...state, attempt: state.attempt + 1, dueAt: next, endedAt });
    else this.#store({ upTo: state.group.upTo, group: null, attempt: 1, dueAt: 0, endedAt });
  }

  /** There is nobody to tell any more: the batch was deleted. */
  #end(): void {
    this.#state = undefined;
    this.#kv.delete(STATE);
  }

  #store(state: State): void {
    this.#state = state;
    this.#kv.put(STATE, state);
  }
}

/** Which items to tell of. Undefined for all. */
function statusOf(events: readonly string[]): FinishedStatus | undefined {
  const completed = events.includes("item.completed");
  if (completed && events.includes("item.failed")) return undefined;
  return completed ? "completed" : "failed";
}
