/**
 * The tickets in the queue that no consumer has picked up yet.
 *
 * A ticket that is not picked up within its lease counts as lost, and another may be sent. Each time that happens, the
 * lease doubles: if the queue is only slow, more tickets would not help.
 *
 * It lives in memory only. A surplus ticket costs its consumer one call.
 */

/** The lease grows to at most this many times its initial length. */
const MAX_LEASE_GROWTH = 16;

export class TicketsOut {
  /** By country, then by when they were sent: how many. */
  readonly #out = new Map<string | null, Map<number, number>>();
  /** Initial time after which a ticket counts as lost, in ms. */
  readonly #lease: number;
  #leaseGrowth = 1;

  constructor(lease: number) {
    this.#lease = lease;
  }

  count(country: string | null): number {
    return (this.#out.get(country) ?? new Map<number, number>()).values().reduce((sum, n) => sum + n, 0);
  }

  /** When the oldest was sent, epoch ms; null if there are none. */
  oldestSentAt(country: string | null): number | null {
    return this.#out.get(country)?.keys().next().value ?? null;
  }

  /** When the next ticket counts as lost, epoch ms; null if there are none. */
  nextLossAt(): number | null {
    const oldest = Array.from(this.#out.keys(), (country) => this.oldestSentAt(country));
    const known = oldest.filter((sentAt) => sentAt !== null);
    return known.length === 0 ? null : Math.min(...known) + this.#lease * this.#leaseGrowth;
  }

  sent(country: string | null, count: number, sentAt: number): void {
    const sent = this.#out.get(country) ?? new Map<number, number>();
    this.#out.set(country, sent.set(sentAt, (sent.get(sentAt) ?? 0) + count));
  }

  /** Reverses `sent`: the queue did not accept them. */
  unsent(country: string | null, count: number, sentAt: number): void {
    this.#forget(country, count, sentAt);
  }

  /** Notes that a consumer has a ticket. An unknown one changes nothing. */
  pickedUp(country: string | null, sentAt: number): void {
    if (this.#forget(country, 1, sentAt)) this.#leaseGrowth = 1;
  }

  /** Drops tickets past their lease. Returns how many. */
  expire(now: number): number {
    const lease = this.#lease * this.#leaseGrowth;
    let lost = 0;
    for (const [country, sent] of this.#out) {
      for (const [sentAt, count] of sent) {
        if (now - sentAt < lease) break;
        lost += count;
        this.#forget(country, count, sentAt);
      }
    }
    if (lost > 0) this.#leaseGrowth = Math.min(MAX_LEASE_GROWTH, this.#leaseGrowth * 2);
    return lost;
  }

  #forget(country: string | null, count: number, sentAt: number): boolean {
    const sent = this.#out.get(country);
    const known = sent?.get(sentAt);
    if (!sent || known === undefined) return false;
    if (known > count) sent.set(sentAt, known - count);
    else sent.delete(sentAt);
    if (sent.size === 0) this.#out.delete(country);
    return true;
  }
}
