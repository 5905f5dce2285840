/**
 * The one object that launches browsers.
 *
 * Browser Run limits how many browsers an account may run and how many it may launch a second, so consumers must not
 * race for them. The pool leases a running browser to one consumer at a time. If none is free it launches one, and if
 * it may not, the consumer waits in line. A browser whose lease runs out is closed, since its state is unknown. So is
 * one that has been idle for a while, since it costs money.
 *
 * The pool's table of sessions can differ from Browser Run's. A session that has ended is noticed when a consumer
 * connects to it and gives it back as broken. A session that the pool does not know gets no commands, and Browser Run
 * ends it after BROWSER_KEEP_ALIVE_MS.
 */
import { DurableObject } from "cloudflare:workers";
import { openBindings } from "../io/bindings.ts";
import { TimeLimitError, withinTime } from "../io/time-limit.ts";
import { type Env, type Settings, settings } from "../settings.ts";
import { log, messageOf } from "../text/log.ts";
import { closeSession, launchSession } from "./browser-run.ts";
import { FreedSignal } from "./freed-signal.ts";
import { isLocation } from "./locations.ts";

export interface BrowserLease {
  id: string;
  sessionId: string;
}

/** A lease, or how long until there may be one, in ms. */
export type LeaseAnswer = { lease: BrowserLease } | { waitMs: number };

/** For `GET /health`. */
export interface PoolState {
  browsers: number;
  leased: number;
  launching: number;
  max: number;
  /** After a refused launch: when the next one is tried, epoch ms; null otherwise. */
  heldBackUntil: number | null;
}

/** The country of sessions launched for any country. Not NULL, which equals nothing in SQLite. */
const ANY = "";
/** The wait the pool announces when all browsers are in use, in ms. A guess: a lease may end at any time. */
const ALL_IN_USE_WAIT_MS = 250;
/** The wait after a refused launch doubles each time, up to this, in ms. */
const MAX_LAUNCH_BACKOFF_MS = 60_000;
const MIN_LAUNCH_BACKOFF_MS = 500;
/** A browser that takes longer to close, in ms, is left to Browser Run's own time limit. */
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

/** The deployment's only pool. */
export function browserPool(env: Env): DurableObjectStub<BrowserPool> {
  return env.BROWSER_POOL.get(env.BROWSER_POOL.idFromName("pool"));
}

export class BrowserPool extends DurableObject<Env> {
  readonly #settings: Settings;
  /** Sessions and their leases. */
  readonly #sql: SqlStorage;

  // In memory only: a restarted object may launch once too early; it is refused and waits.
  #launching = 0;
  #nextLaunchAt = 0;
  /** Launches refused in a row. */
  #refusals = 0;
  /** Wakes callers that wait for a browser. */
  readonly #freed = new FreedSignal();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, openBindings(env, { attempts: 1 }));
    this.#settings = settings(this.env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(schema);
  }

  /**
   * Leases a browser to this caller alone, until it is released or BROWSER_LEASE_MS have passed.
   *
   * @param country ISO 3166-1 alpha-2; null for any. If Browser Run cannot render from it, the browser is one for any
   *   country: Browser Run would refuse the launch, which would hold back everybody's launches.
   * @param waitMs how long to wait for a browser to be released or a launch to be allowed. A launch that has begun may
   *   take up to IO_TIMEOUT_MS longer.
   */
  async lease(country: string | null, waitMs = 0): Promise<LeaseAnswer> {
    const place = country !== null && isLocation(country) ? country : ANY;
    const endsAt = Date.now() + waitMs;
    for (;;) {
      const freed = this.#freed.next();
      const answer = await this.#leaseNow(place);
      const now = Date.now();
      if ("lease" in answer || now >= endsAt) return answer;
      const untilLaunch = this.#nextLaunchAt > now ? this.#nextLaunchAt - now : Number.POSITIVE_INFINITY;
      await freed.orAfter(Math.min(untilLaunch, endsAt - now));
    }
  }

  /** Gives a browser back. A `broken` one is closed. Does nothing if the lease has run out. */
  async release(leaseId: string, { broken }: { broken: boolean }): Promise<void> {
    const session = this.#select("SELECT * FROM session WHERE lease = ?", leaseId)[0];
    if (!session) return;
    const now = Date.now();
    const isOld = now - session.launched_at >= this.#settings.BROWSER_MAX_AGE_MS;
    if (broken || isOld) {
      await this.#close(session, broken ? "broken" : "old");
      return;
    }
    this.#sql.exec(
      "UPDATE session SET lease = NULL, lease_until = NULL, used_at = ? WHERE id = ?",
      now,
      session.id,
    );
    this.#freed.fire();
    await this.#setAlarm();
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

  /** Closes browsers whose lease has run out and browsers that have been idle for BROWSER_IDLE_MS. */
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

  /** Leases an idle browser, or launches one if that is allowed now. */
  async #leaseNow(place: string): Promise<LeaseAnswer> {
    const now = Date.now();
    const idle = this.#idleSession(place, now);
    if (idle) return { lease: await this.#leaseOut(idle.id, now) };
    if (now < this.#nextLaunchAt) return { waitMs: this.#nextLaunchAt - now };
    if (this.#count() + this.#launching >= this.#settings.MAX_BROWSERS) {
      await this.#makeRoom();
      return { waitMs: ALL_IN_USE_WAIT_MS };
    }
    return await this.#launch(place, now);
  }

  /** The session used last, so that those idle the longest stay idle and are closed. */
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
      const launchedAt = this.#addSession(sessionId, place);
      log("info", "browser.launched", { session: sessionId, country: place || null, ms: launchedAt - now });
      return { lease: await this.#leaseOut(sessionId, launchedAt) };
    } catch (thrown) {
      if (thrown instanceof TimeLimitError) this.#keepLateBrowser(launching, place);
      const waitMs = this.#backOff();
      log("warn", "browser.launch_failed", {
        country: place || null,
        error: messageOf(thrown),
        wait_ms: waitMs,
      });
      return { waitMs };
    } finally {
      this.#launching -= 1;
      // If the launch failed, there is room for another.
      this.#freed.fire();
    }
  }

  /** A browser that comes after its launch was given up counts against Browser Run's limit, so it is put to use. */
  #keepLateBrowser(launching: Promise<string>, place: string): void {
    const kept = launching.then(async (sessionId) => {
      this.#addSession(sessionId, place);
      log("info", "browser.launched_late", { session: sessionId, country: place || null });
      this.#freed.fire();
      await this.#setAlarm();
    });
    this.ctx.waitUntil(kept.catch(() => {}));
  }

  #addSession(sessionId: string, place: string): number {
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

  /** Puts off the next launch, by twice as long after each refusal, and returns for how many ms. */
  #backOff(): number {
    const first = Math.max(MIN_LAUNCH_BACKOFF_MS, this.#settings.LAUNCH_INTERVAL_MS);
    const waitMs = Math.min(MAX_LAUNCH_BACKOFF_MS, first * 2 ** Math.min(this.#refusals, 10));
    this.#refusals += 1;
    const jittered = Math.round(waitMs * (0.75 + Math.random() / 2));
    this.#nextLaunchAt = Date.now() + jittered;
    return jittered;
  }

  /** Closes the browser idle the longest, if any: it is too old, or of another country than the one asked for. */
  async #makeRoom(): Promise<void> {
    const [session] = this.#select("SELECT * FROM session WHERE lease IS NULL ORDER BY used_at LIMIT 1");
    if (session) await this.#close(session, "room for another");
  }

  /** Removes the session before closing it, so that nobody is leased a browser that is closing. */
  async #close(session: Session, reason: string): Promise<void> {
    this.#sql.exec("DELETE FROM session WHERE id = ?", session.id);
    try {
      await withinTime(CLOSE_TIMEOUT_MS, "Closing a browser", closeSession(this.env.BROWSER, session.id));
      log("info", "browser.closed", { session: session.id, reason });
    } catch (thrown) {
      log("info", "browser.gone", { session: session.id, reason, error: messageOf(thrown) });
    }
    this.#freed.fire();
  }

  #count(): number {
    return this.#sql.exec<{ n: number }>("SELECT COUNT(*) AS n FROM session").one().n;
  }

  #select(query: string, ...bindings: SqlStorageValue[]): Session[] {
    return this.#sql.exec<Session>(query, ...bindings).toArray();
  }

  /** Sets the alarm to when the next lease runs out or the next browser has been idle long enough. */
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
