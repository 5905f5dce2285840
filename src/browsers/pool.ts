/**
 * The one object that launches browsers, and sends consumers to work on them.
 *
 * Browser Run limits how many browsers an account may run and how many it may launch a second, so consumers must not
 * race for them. The pool leases a running browser to one consumer at a time. If none is free it launches one, and if
 * it may not, the consumer waits in line. A browser whose lease runs out is closed, since its state is unknown. So is
 * one that has been idle for a while, since it costs money.
 *
 * Trackers announce pages that wait. The pool sends tickets to the queue, one for each browser the pages are worth and
 * that can be had. Each starts a consumer, which leases a browser and then calls regularly: that renews its lease, and
 * tells it which batches' turn it is. See dispatch/.
 */
import { DurableObject } from "cloudflare:workers";
import { Dispatch, type Supply } from "../dispatch/dispatch.ts";
import { openBindings } from "../io/bindings.ts";
import type { ConsumerProbe } from "../protocol/ticket.ts";
import type { Announcement, BatchNews } from "../protocol/work.ts";
import { type Env, type Settings, settings } from "../settings.ts";
import { FreedSignal } from "./freed-signal.ts";
import { Guests } from "./guests.ts";
import { type ConsumerCount, Headcount } from "./headcount.ts";
import { Launcher } from "./launcher.ts";
import type {
  Applicant,
  BeginAnswer,
  BrowserLease,
  ConsumerDirections,
  ConsumerReport,
  LeaseAnswer,
  PoolState,
  ReturnedLease,
} from "./pool-calls.ts";
import { ANY, type Session, Sessions } from "./sessions.ts";

/** The wait the pool announces when all browsers are in use, in ms. A guess: a lease may end at any time. */
const ALL_IN_USE_WAIT_MS = 250;
/** So many tickets must be on their way for a consumer to be sent home. */
const SPARE_TICKETS = 4;
/** How often trackers announce pages that still wait, in ms. */
const AGAIN_MS = 30_000;
/** How often the pool looks whether tickets are missing while pages wait, in ms. */
const DISPATCH_INTERVAL_MS = 5000;

/** The deployment's only pool. */
export function browserPool(env: Env): DurableObjectStub<BrowserPool> {
  return env.BROWSER_POOL.get(env.BROWSER_POOL.idFromName("pool"));
}

export class BrowserPool extends DurableObject<Env> {
  readonly #settings: Settings;
  readonly #sessions: Sessions;
  readonly #launcher: Launcher;
  readonly #dispatch: Dispatch;
  /** Wakes callers that wait for a browser. */
  readonly #freed = new FreedSignal();
  readonly #guests = new Guests();
  readonly #headcount = new Headcount();
  #alarmAt: number | undefined;
  #isSending = false;
  /** Whether something has happened since it was looked which tickets are missing. */
  #mayMiss = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, openBindings(env, { attempts: 1 }));
    this.#settings = settings(this.env);
    this.#sessions = new Sessions(ctx.storage.sql);
    this.#launcher = new Launcher(this.env, this.#sessions, () => this.#freed.fire());
    this.#dispatch = new Dispatch(this.env.RENDER_QUEUE, {
      ticketLease: this.#settings.TICKET_LEASE_MS,
      tabs: this.#settings.TABS_PER_LEASE,
      browsersPerConsumer: this.#settings.BROWSERS_PER_CONSUMER,
    });
  }

  /** Takes note of pages that wait. Returns when to announce them again if no consumer has asked for them, in ms. */
  async announce(announcement: Announcement): Promise<{ againInMs: number }> {
    const now = Date.now();
    this.#dispatch.announced(announcement, now);
    // A pool that has just begun does not know yet how many browsers it may have.
    if (!this.#launcher.limits.areKnown) await this.#launcher.limits.refresh(now);
    const dayOver = this.#launcher.limits.dayOverUntil - now;
    if (dayOver > 0 && this.#sessions.count() === 0) return { againInMs: Math.max(AGAIN_MS, dayOver) };
    await this.#dispatchNow();
    return { againInMs: AGAIN_MS };
  }

  /**
   * Leases a browser to a consumer for pages that wait.
   *
   * If a browser has to be launched first and several other tickets are on their way, the consumer is sent home: a ticket
   * follows when the browser is there. So while browsers start, consumers end, after which Queues adds others.
   *
   * @param waitMs as in `lease`
   */
  async begin({ consumer, country, browsers, sentAt }: Applicant, waitMs: number): Promise<BeginAnswer> {
    const left = this.#dispatch.arrived(country, sentAt);
    if (sentAt !== null && this.#dispatch.ticketsOut(country) >= SPARE_TICKETS && !this.#hasIdle(country)) {
      left();
      if (this.#dispatch.isShort(country)) this.#launchLater(country);
      return { waitMs: 0 };
    }
    try {
      // It may have lost a browser since its last call.
      this.#dispatch.heard({ id: consumer, country, beganAt: Date.now(), browsers }, Date.now());
      const answer = await this.#leaseWithin(country, waitMs, () => this.#dispatch.isShort(country));
      const now = Date.now();
      if ("lease" in answer)
        this.#dispatch.heard({ id: consumer, country, beganAt: now, browsers: browsers + 1 }, now);
      else if (browsers === 0) this.#dispatch.ended(consumer, now);
      if ("waitMs" in answer) return answer;
      return { ...answer, ...this.#dispatch.begun(country, now) };
    } finally {
      left();
    }
  }

  /** Renews a consumer's leases, and tells it how to go on. */
  async renew({
    consumer,
    country,
    beganAt,
    leases,
    returned,
    news,
  }: ConsumerReport): Promise<ConsumerDirections> {
    await this.#takeBack(returned);
    const now = Date.now();
    const until = now + this.#settings.BROWSER_LEASE_MS;
    const lost = leases.filter((id) => !this.#sessions.renew(id, until));
    const running = { id: consumer, country, beganAt, browsers: leases.length - lost.length };
    this.#dispatch.heard(running, now);
    this.#dispatch.learned(news, now);
    const directions = this.#dispatch.directions(running, this.#supply(now), now);
    await this.#dispatchNow();
    return { ...directions, lost };
  }

  /** Takes back the last browsers of a consumer that ends. */
  async end(consumer: string, leases: ReturnedLease[], news: BatchNews[]): Promise<void> {
    await this.#takeBack(leases);
    const now = Date.now();
    this.#dispatch.ended(consumer, now);
    this.#dispatch.learned(news, now);
    await this.#dispatchNow();
  }

  /**
   * Leases a browser to this caller alone, until it is released or BROWSER_LEASE_MS have passed.
   *
   * @param country ISO 3166-1 alpha-2; null for any. If Browser Run cannot render from it, the browser is one for any
   *   country.
   * @param waitMs how long to wait for a browser to be released or a launch to be allowed. A launch that has begun may
   *   take up to IO_TIMEOUT_MS longer.
   */
  async lease(country: string | null, waitMs = 0): Promise<LeaseAnswer> {
    return await this.#leaseWithin(country, waitMs, () => true);
  }

  /**
   * Leases a browser for one tab: one that nobody uses, or else a place in one that a consumer uses. Browser Run takes
   * several connections to a browser, each with contexts of its own. So someone who tries a parser needs no browser of
   * their own, and does not wait for a consumer to end.
   */
  async leaseTab(waitMs: number): Promise<LeaseAnswer> {
    const isFull = !this.#launcher.hasRoom && this.#sessions.idle().length === 0;
    const guest = isFull ? this.#guests.admit(this.#sessions.all()) : undefined;
    return guest ? { lease: { ...guest, isInCountry: true } } : await this.lease(null, waitMs);
  }

  /** Gives a browser back. A `broken` one is closed. Does nothing if the lease has run out. */
  async release(leaseId: string, { broken }: { broken: boolean }): Promise<void> {
    // Whether a shared browser is broken, the consumer that leases it finds out.
    if (this.#guests.leave(leaseId)) return;
    const session = this.#sessions.byLease(leaseId);
    if (!session) return;
    const now = Date.now();
    const isOld = now - session.launched_at >= this.#settings.BROWSER_MAX_AGE_MS;
    if (broken || isOld) {
      await this.#launcher.close(session, broken ? "broken" : "old");
      return;
    }
    this.#sessions.release(session.id, now);
    this.#freed.fire();
    await this.#setAlarm(now);
  }

  async #takeBack(leases: ReturnedLease[]): Promise<void> {
    await Promise.all(leases.map(({ id, broken }) => this.release(id, { broken })));
  }

  async countConsumers(probe: ConsumerProbe, ms: number): Promise<ConsumerCount> {
    return await this.#headcount.hold(probe, ms);
  }

  async state(): Promise<PoolState> {
    const sessions = this.#sessions.all();
    return {
      browsers: sessions.length,
      leased: sessions.filter(({ lease }) => lease !== null).length,
      launching: this.#launcher.launching,
      max: this.#launcher.maxBrowsers,
      heldBackUntil: this.#launcher.limits.heldBackUntil(Date.now()),
      ...this.#dispatch.state(),
    };
  }

  /** Closes browsers whose lease has run out and browsers that have been idle for too long, and sends tickets. */
  override async alarm(): Promise<void> {
    this.#alarmAt = undefined;
    const now = Date.now();
    await Promise.all([
      ...this.#sessions.overrun(now).map((session) => this.#launcher.close(session, "lease ran out")),
      ...this.#idleUntil()
        .filter(({ until }) => until <= now)
        .map(({ session }) => this.#launcher.close(session, "idle")),
    ]);
    await this.#launcher.compareNowAndThen(now);
    await this.#dispatchNow();
  }

  #hasIdle(country: string | null): boolean {
    const launchedAfter = Date.now() - this.#settings.BROWSER_MAX_AGE_MS;
    return this.#sessions.idleIn(this.#launcher.placeFor(country), launchedAfter) !== undefined;
  }

  /** Launches a browser for the next consumer, as soon as that is allowed. */
  #launchLater(country: string | null): void {
    const launched = this.#dispatch.arrived(country, null);
    const launching = async () => {
      try {
        const endsAt = Date.now() + this.#settings.BROWSER_WAIT_MS;
        while (Date.now() < endsAt && this.#dispatch.isShort(country)) {
          const place = this.#launcher.placeFor(country);
          if ((await this.#launchIn(place)) !== null) return;
          const wait = this.#launcher.limits.nextLaunchAt(place) - Date.now();
          await this.#freed.next().orAfter(Math.min(Math.max(wait, ALL_IN_USE_WAIT_MS), endsAt - Date.now()));
        }
      } finally {
        launched();
        await this.#dispatchNow();
      }
    };
    this.ctx.waitUntil(launching());
  }

  /** Launches a browser if that is allowed now. Returns its session's id; null if not. */
  async #launchIn(place: string): Promise<string | null> {
    const { limits } = this.#launcher;
    if (Date.now() < limits.nextLaunchAt(place)) return null;
    await limits.refresh(Date.now());
    if (!this.#launcher.hasRoom || !limits.take(place, Date.now())) return null;
    return await this.#launcher.launch(place);
  }

  /** @param isWanted looked at before each try: if it says no, nothing is leased */
  async #leaseWithin(country: string | null, waitMs: number, isWanted: () => boolean): Promise<LeaseAnswer> {
    const endsAt = Date.now() + waitMs;
    for (;;) {
      if (!isWanted()) return { waitMs: 0 };
      const freed = this.#freed.next();
      const place = this.#launcher.placeFor(country);
      const answer = await this.#leaseNow(place, country);
      const now = Date.now();
      if ("lease" in answer || now >= endsAt) return answer;
      const untilLaunch = this.#launcher.limits.nextLaunchAt(place) - now;
      const pause = untilLaunch > 0 ? untilLaunch : Number.POSITIVE_INFINITY;
      await freed.orAfter(Math.min(pause, endsAt - now));
    }
  }

  /** Leases an idle browser, or launches one if that is allowed now. */
  async #leaseNow(place: string, country: string | null): Promise<LeaseAnswer> {
    const { limits } = this.#launcher;
    const now = Date.now();
    const idle = this.#sessions.idleIn(place, now - this.#settings.BROWSER_MAX_AGE_MS);
    if (idle) return { lease: await this.#leaseOut(idle.id, place, country) };
    if (now < limits.nextLaunchAt(place)) return { waitMs: limits.nextLaunchAt(place) - now };
    await limits.refresh(now);
    if (!this.#launcher.hasRoom) {
      await this.#makeRoom();
      return { waitMs: ALL_IN_USE_WAIT_MS };
    }
    const sessionId = await this.#launchIn(place);
    if (sessionId === null) return { waitMs: Math.max(1, limits.nextLaunchAt(place) - Date.now()) };
    return { lease: await this.#leaseOut(sessionId, place, country) };
  }

  async #leaseOut(sessionId: string, place: string, country: string | null): Promise<BrowserLease> {
    const id = crypto.randomUUID();
    const now = Date.now();
    this.#sessions.lease(sessionId, id, now + this.#settings.BROWSER_LEASE_MS);
    await this.#setAlarm(now);
    return { id, sessionId, isInCountry: country === null || place !== ANY };
  }

  /** Closes the browser idle the longest, if any: it is too old, or of another country than the one asked for. */
  async #makeRoom(): Promise<void> {
    const [session] = this.#sessions.idle();
    if (session) await this.#launcher.close(session, "room for another");
  }

  /** Sends the tickets that are missing. */
  async #dispatchNow(): Promise<void> {
    this.#mayMiss = true;
    if (!this.#isSending) {
      this.#isSending = true;
      try {
        while (this.#mayMiss) {
          this.#mayMiss = false;
          const now = Date.now();
          await this.#dispatch.sendTickets(this.#supply(now), now);
        }
      } finally {
        this.#isSending = false;
      }
    }
    await this.#setAlarm(Date.now());
  }

  /** Browsers that consumers could have now or soon. None while launches are held back, except those that are idle. */
  #supply(now: number): Supply {
    const idle = this.#sessions.idle().length;
    const isHeldBack = (this.#launcher.limits.heldBackUntil(now) ?? 0) > now + this.#settings.BROWSER_WAIT_MS;
    const room = this.#launcher.maxBrowsers - this.#sessions.count();
    return { free: idle + (isHeldBack ? 0 : Math.max(0, room)) };
  }

  /** Idle browsers with when to close them. While pages wait, consumers will come for them. */
  #idleUntil(): { session: Session; until: number }[] {
    return this.#sessions.idleUntil(this.#settings.BROWSER_IDLE_MS, { areNeeded: this.#dispatch.hasWork() });
  }

  /** Sets the alarm to when something is due next. */
  async #setAlarm(now: number): Promise<void> {
    const heldBack = this.#launcher.limits.heldBackUntil(now);
    const times = [
      this.#sessions.nextOverrunAt(),
      ...this.#idleUntil().map(({ until }) => until),
      this.#dispatch.nextDueAt(),
      this.#dispatch.hasWork() ? Math.max(now + DISPATCH_INTERVAL_MS, heldBack ?? 0) : null,
    ].filter((time) => time !== null);
    if (times.length === 0) return;
    // Full seconds, so that many browsers that become idle one after another are closed together.
    const at = Math.ceil(Math.max(now, Math.min(...times)) / 1000) * 1000;
    // A later alarm is set when this one has gone off.
    if (this.#alarmAt !== undefined && this.#alarmAt <= at) return;
    this.#alarmAt = at;
    await this.ctx.storage.setAlarm(at);
  }
}
