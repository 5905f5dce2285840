import type { BatchRow } from "../db/batches.ts";
import type { RenderTicket, TicketGroup } from "../protocol/ticket.ts";
import type { Settings } from "../settings.ts";
import { log } from "../text/log.ts";
import type { Ledger } from "./ledger.ts";
import { TicketWindow } from "./ticket-window.ts";

/** Queues take 100 messages per call (developers.cloudflare.com/queues/platform/limits). */
const TICKETS_PER_CALL = 100;
/** While there is no browser for a batch, it asks again at least this often, in ms: one may have become free. */
const MAX_BROWSER_WAIT_MS = 10_000;

/** Keeps as many tickets of the batch in the queue as its window allows. */
export class TicketSender {
  readonly #window: TicketWindow;
  #isSending = false;

  constructor(limits: Settings) {
    this.#window = new TicketWindow({
      min: limits.TICKET_WINDOW_MIN,
      max: limits.TICKET_WINDOW_MAX,
      waitTarget: limits.TICKET_WAIT_TARGET_MS,
      lease: limits.TICKET_LEASE_MS,
    });
  }

  /** Whether it is time to send more: half of the window is free. */
  isLow(now: number): boolean {
    return (
      !this.#isSending && this.#window.waiting <= this.#window.size / 2 && now >= this.#window.heldBackUntil
    );
  }

  /** When tickets may be sent again, epoch ms; null if they may be now. */
  heldBackUntil(now: number): number | null {
    return this.#window.heldBackUntil > now ? this.#window.heldBackUntil : null;
  }

  arrived(tickets: TicketGroup[], now: number): void {
    for (const { sentAt, count } of tickets) this.#window.pickedUp(sentAt, count, now);
  }

  givenBack(tickets: TicketGroup[]): void {
    for (const { sentAt, count } of tickets) this.#window.unsent(count, sentAt);
  }

  /**
   * Sends none until there may be a browser for them.
   *
   * @param waitMs as the pool says, which knows only of launches: a browser may become free sooner
   * @returns how long it waits, in ms. Varies, so that many batches do not come back at once
   */
  holdBack(waitMs: number, now: number): number {
    const wait = Math.min(waitMs, MAX_BROWSER_WAIT_MS) * (0.75 + Math.random() / 2);
    this.#window.holdBack(now + wait, now);
    return wait;
  }

  /** Gives up on tickets that were not picked up within their lease. Returns how many. */
  expire(now: number): number {
    return this.#window.expire(now);
  }

  /** Fills the window for the items that are ready. Does nothing while another call does. @throws what the queue throws */
  async send(queue: Queue<RenderTicket>, batch: BatchRow, ledger: Ledger): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    try {
      const now = Date.now();
      const room = this.#window.room(ledger.ready(now, this.#window.size), now);
      for (let left = room; left > 0; left -= TICKETS_PER_CALL) {
        await this.#sendSome(queue, batch, Math.min(left, TICKETS_PER_CALL));
      }
      if (room === 0) return;
      const ids = { batch_id: batch.id, account_id: batch.accountId };
      log("debug", "tickets.sent", { ...ids, count: room, window: this.#window.size });
    } finally {
      this.#isSending = false;
    }
  }

  async #sendSome(queue: Queue<RenderTicket>, batch: BatchRow, count: number): Promise<void> {
    const sentAt = Date.now();
    const body = { batch: batch.id, country: batch.renderCountry, sentAt };
    // Counted first: a consumer may have them before the queue has answered.
    this.#window.sent(count, sentAt);
    try {
      await queue.sendBatch(Array.from({ length: count }, () => ({ body })));
    } catch (thrown) {
      this.#window.unsent(count, sentAt);
      throw thrown;
    }
  }
}
