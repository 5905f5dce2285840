/**
 * Turns work into consumers: sends as many tickets as there are browsers to be had for it, and tells running consumers
 * whose turn it is and when to end.
 *
 * The pool owns one. It lives in memory only, and everything it knows is told again.
 */
import type { RenderTicket } from "../protocol/ticket.ts";
import type { Announcement, BatchNews, BatchWork } from "../protocol/work.ts";
import { log, messageOf } from "../text/log.ts";
import { CallSlots } from "./call-slots.ts";
import { Consumers, type RunningConsumer } from "./consumers.ts";
import { Roster } from "./roster.ts";
import { TicketsOut } from "./tickets-out.ts";

/** Queues take 100 messages per call (developers.cloudflare.com/queues/platform/limits). */
const TICKETS_PER_CALL = 100;
/**
 * Tickets and consumers that wait for a browser at once, at most: as many browsers as Browser Run launches in the 3
 * seconds that a launch takes.
 */
const MAX_WAITING = 9;
/** Tickets that wait longer than this, in ms, show that Queues adds no consumers by itself. */
const SCARCE_AFTER_MS = 1000;
/** Running consumers are given so many more browsers a second: twice as many as Browser Run launches. */
const MORE_PER_SECOND = 6;
/** Consumers call the pool this often, in ms, unless there are many. The first call comes sooner. */
const CALL_INTERVAL_MS = 2000;
const FIRST_CALL_MS = 500;

/** What browsers there are. */
export interface Supply {
  /** Browsers that are idle or could be launched now or soon. */
  free: number;
}

/** What a running consumer is told. */
export interface Directions {
  /** Batches to take turns between. */
  work: BatchWork[];
  /** False if it should only finish the pages it has begun. */
  mayGoOn: boolean;
  /** How many more browsers it may lease, because Queues adds no consumers. */
  moreBrowsers: number;
  /** When to call again, in ms. */
  againInMs: number;
}

export class Dispatch {
  readonly #queue: Queue<RenderTicket>;
  readonly #roster = new Roster();
  readonly #tickets: TicketsOut;
  readonly #consumers = new Consumers();
  readonly #slots = new CallSlots();
  readonly #tabs: number;
  readonly #browsersPerConsumer: number;
  /** Consumers that wait for a browser, by country. */
  readonly #waiting = new Map<string | null, number>();
  #wereScarce = false;
  /** How many more browsers running consumers were given in this second. */
  #given = { second: 0, count: 0 };

  constructor(
    queue: Queue<RenderTicket>,
    rules: { ticketLease: number; tabs: number; browsersPerConsumer: number },
  ) {
    this.#queue = queue;
    this.#tickets = new TicketsOut(rules.ticketLease);
    this.#tabs = rules.tabs;
    this.#browsersPerConsumer = rules.browsersPerConsumer;
  }

  announced(announcement: Announcement, now: number): void {
    this.#roster.announced(announcement, now);
  }

  learned(news: BatchNews[], now: number): void {
    this.#roster.learned(news, now);
  }

  /** Notes that a consumer has a ticket and waits for a browser. Call the result when it has one or gives up. */
  arrived(country: string | null, sentAt: number | null): () => void {
    if (sentAt !== null) this.#tickets.pickedUp(country, sentAt);
    this.#waiting.set(country, this.#waitingIn(country) + 1);
    return () => void this.#waiting.set(country, this.#waitingIn(country) - 1);
  }

  /** How many tickets no consumer has yet. */
  ticketsOut(country: string | null): number {
    return this.#tickets.count(country);
  }

  heard(consumer: RunningConsumer, now: number): void {
    this.#consumers.heard(consumer, now);
  }

  ended(consumerId: string, now: number): void {
    this.#consumers.ended(consumerId, now);
  }

  /** Whether pages wait that are worth another browser. */
  isShort(country: string | null): boolean {
    if (!this.#roster.hasWaiting(country)) return false;
    return this.#roster.browsersWanted(country, this.#tabs) > this.#consumers.browsersIn(country);
  }

  directions(consumer: RunningConsumer, supply: Supply, now: number): Directions {
    const { country } = consumer;
    const oldest = this.#tickets.oldestSentAt(country);
    const isScarce = this.isShort(country) && oldest !== null && now - oldest > SCARCE_AFTER_MS;
    const free = Math.max(0, supply.free - this.#waitingIn(country));
    const wanted = isScarce ? Math.min(free, this.#browsersPerConsumer - consumer.browsers) : 0;
    const isEnding =
      (isScarce && free > 0 && wanted <= 0 && this.#consumers.shouldEndForOthers(consumer.id, now)) ||
      (free === 0 && this.#isCrowdingOut(country) && this.#consumers.shouldEndForCountry(consumer.id, now));
    this.#noteScarcity();
    return {
      work: this.#roster.turns(country),
      mayGoOn: !isEnding,
      moreBrowsers: isEnding ? 0 : this.#give(wanted, now),
      againInMs: this.#slots.next(CALL_INTERVAL_MS, now),
    };
  }

  /** How many of the `wanted` browsers may be leased in this second. */
  #give(wanted: number, now: number): number {
    const second = Math.floor(now / 1000);
    if (this.#given.second !== second) this.#given = { second, count: 0 };
    const given = Math.max(0, Math.min(wanted, MORE_PER_SECOND - this.#given.count));
    this.#given.count += given;
    return given;
  }

  /** What a consumer that has got a browser is to do first. */
  begun(country: string | null, now: number): { work: BatchWork[]; againInMs: number } {
    return { work: this.#roster.turns(country), againInMs: this.#slots.next(FIRST_CALL_MS, now) };
  }

  /** Sends the tickets that are missing. Does not throw: what could not be sent is sent the next time. */
  async sendTickets(supply: Supply, now: number): Promise<void> {
    this.#roster.forgetQuiet(now);
    this.#consumers.forgetQuiet(now);
    const lost = this.#tickets.expire(now);
    if (lost > 0) log("warn", "tickets.lost", { count: lost });
    let free = supply.free;
    for (const country of this.#roster.countries()) {
      const wanted = this.#roster.browsersWanted(country, this.#tabs) - this.#consumers.browsersIn(country);
      const coming = this.#tickets.count(country) + this.#waitingIn(country);
      const missing = Math.min(wanted, free, MAX_WAITING) - coming;
      free -= Math.max(0, missing + coming);
      if (missing > 0) await this.#send(country, missing);
    }
  }

  /** When something is due next, epoch ms; null if nothing is. */
  nextDueAt(): number | null {
    return this.#tickets.nextLossAt();
  }

  hasWork(): boolean {
    return this.#roster.countries().size > 0;
  }

  /** For `GET /health`. */
  state(): { consumers: number; consumersAreScarce: boolean; batchesWaiting: number; pagesWaiting: number } {
    const { batches, waiting } = this.#roster.totals();
    return {
      consumers: this.#consumers.count,
      consumersAreScarce: this.#consumers.areScarce,
      batchesWaiting: batches,
      pagesWaiting: waiting,
    };
  }

  /** Whether this country has more browsers than its share while another with pages has none. */
  #isCrowdingOut(country: string | null): boolean {
    const countries = Array.from(this.#roster.countries());
    const starving = countries.filter((other) => this.#consumers.browsersIn(other) === 0);
    if (starving.length === 0) return false;
    const own = this.#consumers.browsersIn(country);
    return countries.every((other) => this.#consumers.browsersIn(other) <= own);
  }

  async #send(country: string | null, count: number): Promise<void> {
    const sentAt = Date.now();
    const body: RenderTicket = { country, sentAt };
    // Counted first: a consumer may have them before the queue has answered.
    this.#tickets.sent(country, count, sentAt);
    let left = count;
    try {
      while (left > 0) {
        const some = Math.min(left, TICKETS_PER_CALL);
        await this.#queue.sendBatch(Array.from({ length: some }, () => ({ body })));
        left -= some;
      }
      log("debug", "tickets.sent", { country, count });
    } catch (thrown) {
      this.#tickets.unsent(country, left, sentAt);
      log("warn", "tickets.not_sent", { country, count: left, error: messageOf(thrown) });
    }
  }

  #noteScarcity(): void {
    const { areScarce, count } = this.#consumers;
    if (areScarce === this.#wereScarce) return;
    this.#wereScarce = areScarce;
    if (areScarce) log("warn", "consumers.scarce", { consumers: count });
    else log("info", "consumers.added", { consumers: count });
  }

  #waitingIn(country: string | null): number {
    return this.#waiting.get(country) ?? 0;
  }
}
