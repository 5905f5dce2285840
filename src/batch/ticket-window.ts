/**
 * Decides how many tickets of a batch may wait in the queue.
 *
 * Like TCP Vegas, it sizes its window by delay. A ticket that is picked up within the target time shows spare capacity
 * and makes room for one more. One that waits longer halves the window, at most once per target time. So a batch that
 * is alone gets all browsers, and no batch builds up a backlog that makes others wait much longer than the target.
 *
 * Tickets that are not picked up within their lease count as lost, and others are sent. Each time that happens, the
 * lease doubles: if the queue is only slow, more tickets would not help.
 *
 * The window lives in memory only. A tracker that restarts has forgotten its tickets and sends new ones. A surplus
 * ticket costs its consumer one call.
 */
export interface TicketWindowRules {
  min: number;
  max: number;
  /** How long a ticket should wait at most, in ms. */
  waitTarget: number;
  /** Initial time after which a ticket counts as lost, in ms. */
  lease: number;
}

/** The lease grows to at most this many times its initial length. */
const MAX_LEASE_GROWTH = 16;

export class TicketWindow {
  #size: number;
  #lastCutAt = 0;
  #leaseGrowth = 1;
  #heldBackUntil = 0;
  /** Tickets not yet picked up: how many, by when they were sent. */
  readonly #waiting = new Map<number, number>();
  readonly #rules: TicketWindowRules;

  constructor(rules: TicketWindowRules) {
    this.#rules = rules;
    this.#size = rules.min;
  }

  /** How many tickets may wait now. */
  get size(): number {
    return Math.floor(this.#size);
  }

  /** How many tickets were sent and are neither picked up nor lost. */
  get waiting(): number {
    let sum = 0;
    for (const count of this.#waiting.values()) sum += count;
    return sum;
  }

  /** When tickets may be sent again: see holdBack(). Epoch ms. */
  get heldBackUntil(): number {
    return this.#heldBackUntil;
  }

  /** How many tickets to send now if `ready` items wait to be rendered. */
  room(ready: number, now: number): number {
    if (now < this.#heldBackUntil) return 0;
    return Math.max(0, Math.min(this.size, ready) - this.waiting);
  }

  sent(count: number, now: number): void {
    this.#waiting.set(now, (this.#waiting.get(now) ?? 0) + count);
  }

  /** Reverses `sent`: the queue did not accept the tickets, or a consumer gave them back. */
  unsent(count: number, sentAt: number): void {
    this.#forget(sentAt, count);
  }

  /** Sends no tickets until then, and fewer after it, because there is no browser for them. */
  holdBack(until: number, now: number): void {
    this.#heldBackUntil = Math.max(this.#heldBackUntil, until);
    this.#cut(now);
  }

  /** Notes that a consumer has picked up `count` tickets that were sent at `sentAt`. Unknown tickets change nothing. */
  pickedUp(sentAt: number, count: number, now: number): void {
    const known = Math.min(count, this.#waiting.get(sentAt) ?? 0);
    if (known === 0) return;
    this.#forget(sentAt, known);
    this.#leaseGrowth = 1;
    if (now - sentAt <= this.#rules.waitTarget) {
      this.#size = Math.min(this.#rules.max, this.#size + known);
    } else {
      this.#cut(now);
    }
  }

  /** Drops tickets past their lease. Returns how many. */
  expire(now: number): number {
    const lease = this.#rules.lease * this.#leaseGrowth;
    let lost = 0;
    for (const [sentAt, count] of this.#waiting) {
      if (now - sentAt < lease) continue;
      lost += count;
      this.#waiting.delete(sentAt);
    }
    if (lost === 0) return 0;
    this.#leaseGrowth = Math.min(MAX_LEASE_GROWTH, this.#leaseGrowth * 2);
    this.#cut(now);
    return lost;
  }

  #forget(sentAt: number, count: number): void {
    const left = (this.#waiting.get(sentAt) ?? 0) - count;
    if (left > 0) this.#waiting.set(sentAt, left);
    else this.#waiting.delete(sentAt);
  }

  #cut(now: number): void {
    if (now - this.#lastCutAt < this.#rules.waitTarget) return;
    this.#lastCutAt = now;
    this.#size = Math.max(this.#rules.min, this.#size / 2);
  }
}
