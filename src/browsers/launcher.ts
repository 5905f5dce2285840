/** Launches browsers for the pool and closes them, and keeps its record in step with Browser Run's. */
import { TimeLimitError, withinTime } from "../io/time-limit.ts";
import { type Env, type Settings, settings } from "../settings.ts";
import { log, messageOf } from "../text/log.ts";
import { browserLimits, closeSession, LaunchRefusal, launchSession, listSessions } from "./browser-run.ts";
import { LaunchLimits } from "./launch-limits.ts";
import { isLocation } from "./locations.ts";
import { ANY, type Session, type Sessions } from "./sessions.ts";

/** A browser that takes longer to close, in ms, is left to Browser Run's own time limit. */
const CLOSE_TIMEOUT_MS = 5000;
/** How often the record is compared with Browser Run's list, in ms. */
const COMPARE_INTERVAL_MS = 60_000;
/** Longer than any launch takes, in ms: what is not known by then never will be. */
const LAUNCH_FATE_MS = 60_000;

export class Launcher {
  readonly limits: LaunchLimits;
  readonly #env: Env;
  readonly #settings: Settings;
  readonly #sessions: Sessions;
  readonly #changed: () => void;
  #launching = 0;
  #comparedAt = 0;

  /** @param changed called when a browser or room for one has become free */
  constructor(env: Env, sessions: Sessions, changed: () => void) {
    this.#env = env;
    this.#settings = settings(env);
    this.#sessions = sessions;
    this.#changed = changed;
    const rules = {
      maxBrowsers: this.#settings.MAX_BROWSERS,
      interval: this.#settings.LAUNCH_INTERVAL_MS,
    };
    const limit = this.#settings.IO_TIMEOUT_MS;
    this.limits = new LaunchLimits(rules, () =>
      withinTime(limit, "Asking for Browser Run's limits", browserLimits(env.BROWSER)),
    );
  }

  get launching(): number {
    return this.#launching;
  }

  /** The most browsers that may run now. */
  get maxBrowsers(): number {
    return this.limits.maxBrowsers(this.#sessions.all().map(({ id }) => id));
  }

  get hasRoom(): boolean {
    return this.#sessions.count() + this.#launching < this.maxBrowsers;
  }

  /** Where a browser for this country is launched: there, unless Browser Run cannot. */
  placeFor(country: string | null): string {
    const isPossible = country !== null && isLocation(country) && !this.limits.isRefused(country, Date.now());
    return isPossible ? country : ANY;
  }

  /**
   * Launches a browser in `place` and enters it in the record. The caller has counted it: see LaunchLimits.take().
   *
   * @returns its session's id; null if Browser Run refused or did not answer in time
   */
  async launch(place: string): Promise<string | null> {
    const beganAt = Date.now();
    this.#launching += 1;
    const launch = this.#sessions.launchBegins(beganAt);
    const launching = launchSession(this.#env.BROWSER, {
      keepAliveMs: this.#settings.BROWSER_KEEP_ALIVE_MS,
      location: isLocation(place) ? place : null,
    });
    try {
      const sessionId = await withinTime(this.#settings.IO_TIMEOUT_MS, "Launching a browser", launching);
      this.limits.granted(place);
      this.#sessions.add(sessionId, place, Date.now());
      this.#sessions.launchEnds(launch);
      const ms = Date.now() - beganAt;
      log("info", "browser.launched", { session: sessionId, country: place || null, ms });
      return sessionId;
    } catch (thrown) {
      this.limits.refused(place, thrown, beganAt, Date.now());
      if (thrown instanceof TimeLimitError) this.#keepLateBrowser(launching, place, launch);
      else if (thrown instanceof LaunchRefusal) this.#sessions.launchEnds(launch);
      const reason = thrown instanceof LaunchRefusal ? thrown.reason : undefined;
      const wait_ms = Math.max(0, this.limits.nextLaunchAt(place) - Date.now());
      const fields = { country: place || null, reason, error: messageOf(thrown), wait_ms };
      log("warn", "browser.launch_failed", fields);
      return null;
    } finally {
      this.#launching -= 1;
      // If the launch failed, there is room for another.
      this.#changed();
    }
  }

  /** Removes the session before closing it, so that nobody is leased a browser that is closing. Does not throw. */
  async close(session: Session, reason: string): Promise<void> {
    this.#sessions.remove(session.id);
    try {
      await withinTime(CLOSE_TIMEOUT_MS, "Closing a browser", closeSession(this.#env.BROWSER, session.id));
      log("info", "browser.closed", { session: session.id, reason });
    } catch (thrown) {
      log("info", "browser.gone", { session: session.id, reason, error: messageOf(thrown) });
    }
    this.limits.ended(session.id);
    this.#changed();
  }

  /** Compares the record with Browser Run's list, unless it did so lately. Does not throw. */
  async compareNowAndThen(now: number): Promise<void> {
    if (now - this.#comparedAt < COMPARE_INTERVAL_MS) return;
    this.#comparedAt = now;
    try {
      await this.#compare(now);
    } catch (thrown) {
      log("warn", "browser.sessions_unknown", { error: messageOf(thrown) });
    }
  }

  /**
   * Forgets browsers that Browser Run no longer lists, and closes those that were launched while the pool died: they
   * began when a launch of the pool did, it does not know them, and nobody is connected to them.
   *
   * @throws what Browser Run throws
   */
  async #compare(now: number): Promise<void> {
    const known = this.#sessions.all();
    const unknownLaunches = this.#sessions.unknownLaunches(now - LAUNCH_FATE_MS);
    if (known.length === 0 && unknownLaunches.length === 0) return;
    const listing = listSessions(this.#env.BROWSER);
    const listed = await withinTime(this.#settings.IO_TIMEOUT_MS, "Listing the browsers", listing);
    const listedIds = new Set(listed.map(({ id }) => id));
    for (const { id } of known.filter((session) => !listedIds.has(session.id))) {
      this.#sessions.remove(id);
      this.limits.ended(id);
      log("info", "browser.gone", { session: id, reason: "ended" });
    }
    const own = new Set(known.map(({ id }) => id));
    for (const launch of unknownLaunches) {
      const orphans = listed.filter(
        ({ id, startedAt = 0, isConnected }) =>
          !own.has(id) &&
          !isConnected &&
          startedAt >= launch.began_at &&
          startedAt <= launch.began_at + LAUNCH_FATE_MS,
      );
      for (const { id } of orphans) {
        await withinTime(CLOSE_TIMEOUT_MS, "Closing a browser", closeSession(this.#env.BROWSER, id));
        log("info", "browser.closed", { session: id, reason: "launched for a pool that died" });
      }
      this.#sessions.launchEnds(launch.id);
    }
    this.#changed();
  }

  /** A browser that comes after its launch was given up counts against Browser Run's limit, so it is put to use. */
  #keepLateBrowser(launching: Promise<string>, place: string, launch: number): void {
    launching
      .then((sessionId) => {
        this.#sessions.add(sessionId, place, Date.now());
        log("info", "browser.launched_late", { session: sessionId, country: place || null });
        this.#changed();
      })
      .catch(() => {})
      .finally(() => this.#sessions.launchEnds(launch));
  }
}
