/**
 * The one object that starts browsers.
 *
 * Browser Run allows so many at once and so many new ones a second, for the whole account, so consumers must not race
 * for them. The pool leases a running browser to one consumer at a time, launches one when it may, and else says how
 * long to wait. A lease that is not given back runs out, and its browser, whose state nobody knows, is closed. So are
 * browsers that nobody has wanted for a while: they cost money.
 *
 * The pool's books and Browser Run's may differ. A browser that has gone is found out when it is connected to, and given
 * back as broken. One that the pool does not know of gets no command, and is ended by Browser Run after
 * BROWSER_KEEP_ALIVE_MS.
 */
import { DurableObject } from "cloudflare:workers";
import { openBindings } from "../io/bindings.ts";
import { TimeLimitError, withinTime } from "../io/time-limit.ts";
import { type Env, type Settings, settings } from "../settings.ts";
import { log, messageOf } from "../text/log.ts";
import { closeSession, launchSession } from "./browser-run.ts";
import { isLocation } from "./locations.ts";

export interface BrowserLease {
  id: string;
  sessionId: string;
}

export type LeaseAnswer = { lease: BrowserLease } | { waitMs: number };

/** For an operator. */
export interface PoolState {
  browsers: number;
  leased: number;
  launching: number;
  max: number;
  /** Launches are held back until then, epoch ms; null if not. */
  heldBackUntil: number | null;
}

/** Sessions of no country in particular. SQLite's NULL is equal to nothing. */
const ANY = "";
/** How often a consumer asks again while all browsers are in use, in ms. */
const ASK_AGAIN_MS = 250;
/** A launch is refused: the next waits twice as long each time, up to this many ms. */
const MAX_LAUNCH_BACKOFF_MS = 60_000;
/** A browser that does not close within this many ms is left to Browser Run's own time-out. */
const CLOSE_TIMEOUT_MS = 5000;

const schema = `
  CREATE TABLE IF NOT EXISTS session (
    id TEXT PRIMARY KEY,
    country TEXT NOT NULL,
    launched_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL,
    lease TEXT,
    lease_until INTEGER
  );
`;

type Session = {
  id: string;
  country: string;
  launched_at: number;
  used_at: number;
  lease: string | null;
  lease_until: number | null;
};

/** The pool: there is one. */
export function browserPool(env: Env): DurableObjectStub<BrowserPool> {
  return env.BROWSER_POOL.get(env.BROWSER_POOL.idFromName("pool"));
}

export class BrowserPool extends DurableObject<Env> {
  readonly #settings: Settings;
  readonly #sql: SqlStorage;
  // In memory alone: an object that starts anew may launch once too early, is refused, and waits.
  #launching = 0;
  #nextLaunchAt = 0;
  #refusals = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, openBindings(env, { attempts: 1 }));
    this.#settings = settings(this.env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(schema);
  }

  /**
   * A browser in `country` (ISO 3166-1 alpha-2; null for any) for this caller alone, until it is released or
   * BROWSER_LEASE_MS have passed; or how many ms to wait before asking again. A country that Browser Run cannot render
   * from gets a browser of no country in particular: asking for it would be refused, and hold back everybody's launches.
   */
  async lease(country: string | null): Promise<LeaseAnswer> {
    const now = Date.now();
    const place = country !== null && isLocation(country) ? country : ANY;
    const idle = this.#idleSession(place, now);
    if (idle) return { lease: await this.#leaseOut(idle.id, now) };
    if (now < this.#nextLaunchAt) return { waitMs: this.#nextLaunchAt - now };
    if (this.#count() + this.#launching >= this.#settings.MAX_BROWSERS) {
      await this.#makeRoom();
      return { waitMs: ASK_AGAIN_MS };
    }
    return await this.#launch(place, now);
  }

  /** Gives a browser back. `broken`: it is not fit for use, and is closed. A lease that ran out changes nothing. */
  async release(leaseId: string, { broken }: { broken: boolean }): Promise<void> {
    const session = this.#select("SELECT * FROM session WHERE lease = ?", leaseId)[0];
    if (!session) return;
    const now = Date.now();
    this.#sql.exec(
      "UPDATE session SET lease = NULL, lease_until = NULL, used_at = ? WHERE id = ?",
      now,
      session.id,
    );
    if (broken || this.#isOld(session, now)) await this.#close(session, broken ? "broken" : "old");
    else await this.#setAlarm();
  }

  async state(): Promise<PoolState> {
    const leased = this.#select("SELECT * FROM session WHERE lease IS NOT NULL").length;
    return {
      browsers: this.#count(),
      leased,
      launching: this.#launching,
      max: this.#settings.MAX_BROWSERS,
      heldBackUntil: this.#refusals > 0 && this.#nextLaunchAt > Date.now() ? this.#nextLaunchAt : null,
    };
  }

  /** Closes what ran out, idled or aged. */
  override async alarm(): Promise<void> {
    const now = Date.now();
    const overrun = this.#select("SELECT * FROM session WHERE lease_until <= ?", now);
    const idle = this.#select(
      "SELECT * FROM session WHERE lease IS NULL AND used_at <= ?",
      now - this.#settings.BROWSER_IDLE_MS,
    );
    await Promise.all([
      ...overrun.map((session) => this.#close(session, "lease ran out")),
      ...idle.map((session) => this.#close(session, "idle")),
    ]);
    await this.#setAlarm();
  }

  /** The session used last: those that idle longest are left to be closed. */
  #idleSession(place: string, now: number): Session | undefined {
    return this.#select(
      "SELECT * FROM session WHERE country = ? AND lease IS NULL AND launched_at > ? ORDER BY used_at DESC LIMIT 1",
      place,
      now - this.#settings.BROWSER_MAX_AGE_MS,
    )[0];
  }

  async #leaseOut(sessionId: string, now: number): Promise<BrowserLease> {
    const id = crypto.randomUUID();
    const until = now + this.#settings.BROWSER_LEASE_MS;
    this.#sql.exec("UPDATE session SET lease = ?, lease_until = ? WHERE id = ?", id, until, sessionId);
    await this.#setAlarm();
    return { id, sessionId };
  }

  async #launch(place: string, now: number): Promise<LeaseAnswer> {
    this.#nextLaunchAt = now + this.#settings.LAUNCH_INTERVAL_MS;
    this.#launching += 1;
    const launching = launchSession(this.env.BROWSER, {
      keepAliveMs: this.#settings.BROWSER_KEEP_ALIVE_MS,
      location: isLocation(place) ? place : null,
    });
    try {
      const limit = this.#settings.IO_TIMEOUT_MS;
      const sessionId = await withinTime(limit, "Launching a browser", launching);
      this.#refusals = 0;
      const launchedAt = this.#enter(sessionId, place);
      log("info", "browser.launched", { session: sessionId, country: place || null, ms: launchedAt - now });
      return { lease: await this.#leaseOut(sessionId, launchedAt) };
    } catch (thrown) {
      if (thrown instanceof TimeLimitError) this.#keepWhenItComes(launching, place);
      const waitMs = this.#backOff();
      log("warn", "browser.launch_failed", {
        country: place || null,
        error: messageOf(thrown),
        wait_ms: waitMs,
      });
      return { waitMs };
    } finally {
      this.#launching -= 1;
    }
  }

  /** A browser that comes after it has been given up takes a place all the same: the next lease gets it. */
  #keepWhenItComes(launching: Promise<string>, place: string): void {
    const kept = launching.then(async (sessionId) => {
      this.#enter(sessionId, place);
      log("info", "browser.launched_late", { session: sessionId, country: place || null });
      await this.#setAlarm();
    });
    this.ctx.waitUntil(kept.catch(() => {}));
  }

  #enter(sessionId: string, place: string): number {
    const launchedAt = Date.now();
    this.#sql.exec(
      "INSERT INTO session (id, country, launched_at, used_at) VALUES (?, ?, ?, ?)",
      sessionId,
      place,
      launchedAt,
      launchedAt,
    );
    return launchedAt;
  }

  #backOff(): number {
    const interval = Math.max(500, this.#settings.LAUNCH_INTERVAL_MS);
    const waitMs = Math.min(MAX_LAUNCH_BACKOFF_MS, interval * 2 ** Math.min(this.#refusals, 10));
    this.#refusals += 1;
    const jittered = Math.round(waitMs * (0.75 + Math.random() / 2));
    this.#nextLaunchAt = Date.now() + jittered;
    return jittered;
  }

  /** Closes the browser that has idled longest: it is one of another country, or too old. */
  async #makeRoom(): Promise<void> {
    const [session] = this.#select("SELECT * FROM session WHERE lease IS NULL ORDER BY used_at LIMIT 1");
    if (session) await this.#close(session, "room for another");
  }

  /** Forgets the session first, so that nobody is given a browser that is being closed. */
  async #close(session: Session, reason: string): Promise<void> {
    this.#sql.exec("DELETE FROM session WHERE id = ?", session.id);
    try {
      await withinTime(CLOSE_TIMEOUT_MS, "Closing a browser", closeSession(this.env.BROWSER, session.id));
      log("info", "browser.closed", { session: session.id, reason });
    } catch (thrown) {
      log("info", "browser.gone", { session: session.id, reason, error: messageOf(thrown) });
    }
  }

  #isOld(session: Session, now: number): boolean {
    return now - session.launched_at >= this.#settings.BROWSER_MAX_AGE_MS;
  }

  #count(): number {
    return this.#sql.exec<{ n: number }>("SELECT COUNT(*) AS n FROM session").one().n;
  }

  #select(query: string, ...bindings: SqlStorageValue[]): Session[] {
    return this.#sql.exec<Session>(query, ...bindings).toArray();
  }

  /** For when the next lease runs out or the next browser has idled long enough. */
  async #setAlarm(): Promise<void> {
    const { at } = this.#sql
      .exec<{ at: number | null }>(
        "SELECT MIN(COALESCE(lease_until, used_at + ?)) AS at FROM session",
        this.#settings.BROWSER_IDLE_MS,
      )
      .one();
    if (at !== null) await this.ctx.storage.setAlarm(at);
  }
}
