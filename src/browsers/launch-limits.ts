/**
 * When the pool may launch a browser, and how many it may have.
 *
 * Browser Run says what it allows. When it refuses a launch all the same, the pool waits: everywhere if the account has
 * launched too often or used up its day, in one country if there is no browser there.
 *
 * It lives in memory only: a restarted pool may try once too early, and is refused.
 */
import { log, messageOf } from "../text/log.ts";
import { type BrowserLimits, LaunchRefusal } from "./browser-run.ts";

export interface LaunchRules {
  /** The most browsers, whatever Browser Run allows. */
  maxBrowsers: number;
  /** The least time between two launches, in ms. */
  interval: number;
}

/** How long what Browser Run allows is taken to be still true, in ms. */
const LIMITS_MS = 10_000;
/**
 * When the launches that Browser Run allowed have been used up, it is asked again after this many ms: launches that are
 * on their way may not be counted yet. Its rate is one for a second (developers.cloudflare.com/browser-run/limits).
 */
const USED_UP_PAUSE_MS = 1000;
/** The time between two launches, in ms, while it is not known what Browser Run allows. */
const CAUTIOUS_INTERVAL_MS = 1000;
/** The wait after a refused launch doubles each time, from the first to the last of these, in ms. */
const MIN_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 60_000;
/** For how long a country that Browser Run has refused is not asked for again, in ms. */
const REFUSED_LOCATION_MS = 3600_000;
const DAY_MS = 24 * 3600_000;

interface Backoff {
  /** In a row. */
  refusals: number;
  /** Epoch ms. */
  refusedAt: number;
  until: number;
}

export class LaunchLimits {
  readonly #rules: LaunchRules;
  readonly #ask: () => Promise<BrowserLimits>;
  #limits: BrowserLimits | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;
  /** Launches left of those that Browser Run allowed when it was asked. */
  #launchesLeft = 0;
  #nextAt = 0;
  #everywhere: Backoff = { refusals: 0, refusedAt: 0, until: 0 };
  readonly #inCountry = new Map<string, Backoff>();
  /** Until when a country is not asked for, epoch ms. */
  readonly #refusedLocations = new Map<string, number>();
  /** The free plan's minutes are used up until then, epoch ms. */
  #dayOverUntil = 0;

  /** @param ask asks Browser Run what it allows */
  constructor(rules: LaunchRules, ask: () => Promise<BrowserLimits>) {
    this.#rules = rules;
    this.#ask = ask;
  }

  /** Whether Browser Run has said what it allows. */
  get areKnown(): boolean {
    return this.#limits !== undefined;
  }

  /** The most browsers that the pool may have, of which it has those with `own` ids. */
  maxBrowsers(own: readonly string[]): number {
    if (!this.#limits) return this.#rules.maxBrowsers;
    const others = this.#limits.sessions.filter((id) => !own.includes(id)).length;
    return Math.min(this.#rules.maxBrowsers, Math.max(0, this.#limits.browsers - others));
  }

  /** Notes that a browser of the pool has ended, so that it does not pass for another Worker's. */
  ended(id: string): void {
    if (this.#limits) this.#limits.sessions = this.#limits.sessions.filter((other) => other !== id);
  }

  /** When the next launch may be tried, epoch ms. */
  nextLaunchAt(country: string): number {
    const here = this.#inCountry.get(country)?.until ?? 0;
    return Math.max(this.#nextAt, this.#everywhere.until, this.#dayOverUntil, here);
  }

  /** Until when no launch is tried because one was refused, epoch ms; null if none is held back. */
  heldBackUntil(now: number): number | null {
    const until = Math.max(
      this.#everywhere.until,
      this.#dayOverUntil,
      ...Array.from(this.#inCountry.values(), (backoff) => backoff.until),
    );
    return until > now ? until : null;
  }

  /** Until when the free plan's minutes are used up, epoch ms; in the past if they are not. */
  get dayOverUntil(): number {
    return this.#dayOverUntil;
  }

  isRefused(location: string, now: number): boolean {
    return (this.#refusedLocations.get(location) ?? 0) > now;
  }

  /** Asks Browser Run again if what it said is old or used up. Does not throw. */
  async refresh(now: number): Promise<void> {
    const isKnown = this.#limits && now - this.#askedAt < LIMITS_MS && this.#launchesLeft > 0;
    if (isKnown) return;
    this.#asking ??= this.#askAgain().finally(() => {
      this.#asking = undefined;
    });
    await this.#asking;
  }

  /** Whether a launch is allowed now. Counts it if so. */
  take(country: string, now: number): boolean {
    if (now < this.nextLaunchAt(country)) return false;
    this.#launchesLeft -= 1;
    const pause = this.#limits ? this.#rules.interval : Math.max(CAUTIOUS_INTERVAL_MS, this.#rules.interval);
    this.#nextAt = now + pause;
    if (this.#launchesLeft <= 0) this.#nextAt = Math.max(this.#nextAt, now + USED_UP_PAUSE_MS);
    return true;
  }

  granted(country: string): void {
    this.#everywhere.refusals = 0;
    this.#inCountry.delete(country);
  }

  /** @param beganAt when the launch was tried, epoch ms */
  refused(country: string, thrown: unknown, beganAt: number, now: number): void {
    const { reason, retryAfterMs } =
      thrown instanceof LaunchRefusal ? thrown : { reason: "unavailable" as const, retryAfterMs: undefined };
    this.#askedAt = Number.NEGATIVE_INFINITY;
    if (reason === "day") {
      this.#dayOverUntil = (Math.floor(now / DAY_MS) + 1) * DAY_MS;
    } else if (reason === "location") {
      this.#refusedLocations.set(country, now + REFUSED_LOCATION_MS);
    } else if (reason === "rate") {
      this.#everywhere = backedOff(this.#everywhere, retryAfterMs, beganAt, now);
    } else {
      this.#inCountry.set(country, backedOff(this.#inCountry.get(country), retryAfterMs, beganAt, now));
    }
  }

  async #askAgain(): Promise<void> {
    const now = Date.now();
    this.#askedAt = now;
    try {
      this.#limits = await this.#ask();
      this.#launchesLeft = this.#limits.launches;
      if (this.#launchesLeft <= 0) this.#nextAt = Math.max(this.#nextAt, now + this.#limits.nextLaunchInMs);
    } catch (thrown) {
      this.#limits = undefined;
      log("warn", "browser.limits_unknown", { error: messageOf(thrown) });
    }
  }
}

/**
 * The wait varies by a quarter either way, and is no shorter than Browser Run asked for. Several launches tried before
 * the first of them was refused count as one.
 */
function backedOff(
  before: Backoff | undefined,
  atLeast: number | undefined,
  beganAt: number,
  now: number,
): Backoff {
  const { refusals, refusedAt, until } = before ?? { refusals: 0, refusedAt: 0, until: 0 };
  if (refusals > 0 && beganAt < refusedAt)
    return { refusals, refusedAt, until: Math.max(until, now + (atLeast ?? 0)) };
  const wait = Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** Math.min(refusals, 10));
  const jittered = Math.round(wait * (0.75 + Math.random() / 2));
  return { refusals: refusals + 1, refusedAt: now, until: now + Math.max(atLeast ?? 0, jittered) };
}
