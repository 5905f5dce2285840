/**
 * How many tickets of a batch may wait in the queue.
 *
 * The window is found as TCP Vegas finds its own: by how long tickets wait. Picked up sooner than the target, there is
 * capacity to spare, and each such ticket makes room for one more; later, and the window shrinks by a half, at most
 * once per target time. A batch that is alone thus takes all browsers there are, and no batch builds a backlog in the
 * queue that would make others wait much longer than the target.
 *
 * Tickets that are not heard of within their lease count as lost, and others are sent. Each time that happens the lease
 * doubles: when it is not that tickets are lost but that the queue is behind, sending more of them would not help.
 *
 * It lives in memory alone. A tracker that starts anew has forgotten its tickets and sends new ones: a ticket too many
 * costs its consumer one question.
 */
export interface TicketWindowRules {
  min: number;
  max: number;
  /** ms */
  waitTarget: number;
  /** ms after which a ticket counts as lost, at first */
  lease: number;
}

/** The lease grows to at most so many times its first length. */
const MAX_LEASE_GROWTH = 16;

export class TicketWindow {
  #size: number;
  #lastCutAt = 0;
  #leaseGrowth = 1;
  #heldBackUntil = 0;
  /** Tickets sent and not picked up: when they were sent → how many. */
  readonly #waiting = new Map<number, number>();
  readonly #rules: TicketWindowRules;

  constructor(rules: TicketWindowRules) {
    this.#rules = rules;
    this.#size = rules.min;
  }

  /** Tickets allowed to wait now. */
  get size(): number {
    return Math.floor(this.#size);
  }

  /** Tickets sent and neither picked up nor lost. */
  get waiting(): number {
    let sum = 0;
    for (const count of this.#waiting.values()) sum += count;
    return sum;
  }

  /** When tickets may be sent again: see holdBack(). Epoch ms. */
  get heldBackUntil(): number {
    return this.#heldBackUntil;
  }

  /** How many tickets to send now, for `ready` items that wait to be rendered. */
  room(ready: number, now: number): number {
    if (now < this.#heldBackUntil) return 0;
    return Math.max(0, Math.min(this.size, ready) - this.waiting);
  }

  sent(count: number, now: number): void {
    this.#waiting.set(now, (this.#waiting.get(now) ?? 0) + count);
  }

  /** Takes `sent` back: the queue did not take them, or a consumer can do nothing with them. */
  unsent(count: number, sentAt: number): void {
    this.#forget(sentAt, count);
  }

  /** There is no browser for them: no tickets until then, and fewer of them. */
  holdBack(until: number, now: number): void {
    this.#heldBackUntil = Math.max(this.#heldBackUntil, until);
    this.#cut(now);
  }

  /** A consumer has `count` tickets that were sent at `sentAt` in hand. Tickets not known any more change nothing. */
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

  /** Drops tickets past their lease. Answers how many were lost. */
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
