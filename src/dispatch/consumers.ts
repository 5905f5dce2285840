/**
 * The consumers that render pages now, and when one should end.
 *
 * Queues adds consumers by a rule of its own, which it applies after a consumer has ended
 * (developers.cloudflare.com/queues/configuration/consumer-concurrency). So while tickets wait, consumers have to end
 * for others to come; once there are enough, they should go on for as long as they may, since each end leaves tabs idle.
 * If ending one brings no more than its replacement, the next one ends later, twice as late each time.
 *
 * It lives in memory only: a consumer's next call makes it known again.
 */

/** A consumer that starts pages for less than this many ms is not ended: what it has set up would be wasted. */
const MIN_RUN_MS = 5000;
const MAX_RUN_MS = 10 * 60_000;
/** At most one consumer is ended in this many ms, so that rendering goes on meanwhile. */
const END_INTERVAL_MS = 4000;
/** How long after a consumer has ended it is clear whether that has brought others, in ms. */
const VERDICT_MS = 3000;
/**
 * A consumer that was not heard of for this many ms is forgotten, so that its pages get another: longer than the longest
 * interval between two calls, if one fails.
 */
const FORGET_MS = 25_000;
/** A consumer that was told to end and has not ended after this many ms counts as ended: its pages may take so long. */
const LONGEST_END_MS = 60_000;
/** After so many ends that brought no other consumer, it counts as certain that Queues adds none. */
const FRUITLESS_ENDS = 3;

export interface RunningConsumer {
  id: string;
  country: string | null;
  /** When it began, epoch ms. */
  beganAt: number;
  /** How many browsers it has. */
  browsers: number;
}

export class Consumers {
  readonly #running = new Map<string, RunningConsumer & { heardAt: number; isEnding: boolean }>();
  #runMs = MIN_RUN_MS;
  #endedAt = Number.NEGATIVE_INFINITY;
  /** The consumer whose end is judged: once it has ended, by how many there were then, until `at`, epoch ms. */
  #judged: { id: string; at: number; others: number } | undefined;
  /** Whether the last end that was judged has brought more consumers. */
  #endsHelp = false;
  #fruitless = 0;

  heard(consumer: RunningConsumer, now: number): void {
    const isEnding = this.#running.get(consumer.id)?.isEnding ?? false;
    this.#running.set(consumer.id, { ...consumer, heardAt: now, isEnding });
    // One replaces the consumer that has ended, and another is more.
    if (this.#judged && this.#running.size >= this.#judged.others + 2) this.#judge({ helped: true });
  }

  ended(id: string, now: number): void {
    this.#running.delete(id);
    if (this.#judged?.id === id)
      Object.assign(this.#judged, { at: now + VERDICT_MS, others: this.#running.size });
  }

  forgetQuiet(now: number): void {
    for (const [id, { heardAt }] of this.#running) if (now - heardAt > FORGET_MS) this.#running.delete(id);
  }

  get count(): number {
    return this.#running.size;
  }

  /** How many browsers the consumers of a country have. */
  browsersIn(country: string | null): number {
    let browsers = 0;
    for (const consumer of this.#running.values()) {
      if (consumer.country === country) browsers += consumer.browsers;
    }
    return browsers;
  }

  /** Whether Queues has added no consumer although tickets waited and others ended. */
  get areScarce(): boolean {
    return this.#fruitless >= FRUITLESS_ENDS;
  }

  /** Whether a consumer should end so that Queues adds others. The caller has seen that tickets wait. */
  shouldEndForOthers(id: string, now: number): boolean {
    if (this.#judged && now >= this.#judged.at) this.#judge({ helped: false });
    const consumer = this.#running.get(id);
    if (!consumer) return false;
    if (consumer.isEnding) return true;
    if (this.#judged && !this.#endsHelp) return false;
    if (now - consumer.beganAt < this.#runMs || now - this.#endedAt < END_INTERVAL_MS) return false;
    this.#end(consumer, now);
    return true;
  }

  /** Whether a consumer should end so that another country's pages get a browser. */
  shouldEndForCountry(id: string, now: number): boolean {
    const consumer = this.#running.get(id);
    if (!consumer) return false;
    if (consumer.isEnding) return true;
    if (now - consumer.beganAt < MIN_RUN_MS || now - this.#endedAt < END_INTERVAL_MS) return false;
    consumer.isEnding = true;
    this.#endedAt = now;
    return true;
  }

  #end(consumer: { id: string; isEnding: boolean }, now: number): void {
    consumer.isEnding = true;
    this.#endedAt = now;
    const others = Number.POSITIVE_INFINITY;
    this.#judged ??= { id: consumer.id, at: now + LONGEST_END_MS, others };
  }

  #judge({ helped }: { helped: boolean }): void {
    this.#judged = undefined;
    this.#endsHelp = helped;
    this.#fruitless = helped ? 0 : this.#fruitless + 1;
    this.#runMs = helped ? MIN_RUN_MS : Math.min(MAX_RUN_MS, this.#runMs * 2);
  }
}
