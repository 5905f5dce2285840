/**
 * How many tickets of a batch may wait in the queue.
 *
 * The window is found as TCP Vegas finds its own: by how long tickets wait. Picked up sooner than the target, there is
 * capacity to spare, and each such ticket makes room for one more; later, and the window shrinks by a half, at most
 * once per target time. A batch that is alone thus takes all browsers there are, and no batch builds a backlog in the
 * queue that would make others wait much longer than the target.
 *
 * It lives in memory alone. A tracker that starts anew has forgotten its tickets and sends new ones: a ticket too many
 * costs its consumer one question.
 */
export interface TicketWindowRules {
  min: number;
  max: number;
  /** ms */
  waitTarget: number;
  /** ms after which a ticket counts as lost */
  lease: number;
}

export class TicketWindow {
  #size: number;
  #lastCutAt = 0;
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

  /** How many tickets to send now, for `ready` items that wait to be rendered. */
  room(ready: number): number {
    return Math.max(0, Math.min(this.size, ready) - this.waiting);
  }

  sent(count: number, now: number): void {
    this.#waiting.set(now, (this.#waiting.get(now) ?? 0) + count);
  }

  /** Takes `sent` back: the queue did not take them. */
  unsent(count: number, sentAt: number): void {
    this.#forget(sentAt, count);
  }

  /** A consumer has `count` tickets that were sent at `sentAt` in hand. Tickets not known any more change nothing. */
  pickedUp(sentAt: number, count: number, now: number): void {
    const known = Math.min(count, this.#waiting.get(sentAt) ?? 0);
    if (known === 0) return;
    this.#forget(sentAt, known);
    if (now - sentAt <= this.#rules.waitTarget) {
      this.#size = Math.min(this.#rules.max, this.#size + known);
    } else {
      this.#cut(now);
    }
  }

  /** Drops tickets past their lease. Answers how many were lost. */
  expire(now: number): number {
    let lost = 0;
    for (const [sentAt, count] of this.#waiting) {
      if (now - sentAt < this.#rules.lease) continue;
      lost += count;
      this.#waiting.delete(sentAt);
    }
    if (lost > 0) this.#cut(now);
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
