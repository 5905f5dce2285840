/** Browser Run: starts sessions within its limits, and refuses to beyond them. */
import { BrowserSession, type SessionRules } from "./browser-session.ts";
import type { Pages } from "./pages.ts";
import type { Platform } from "./platform.ts";

/** A launch takes 2 to 4 s, joining a running session less than one (browser-run/reference/rules-of-browser-run). */
const MIN_LAUNCH_MS = 2000;
const MAX_LAUNCH_MS = 4000;
const MIN_JOIN_MS = 100;
const MAX_JOIN_MS = 400;
const DAY_MS = 24 * 3600_000;
/** Browser Run ends a session without a command after this long unless told otherwise (browser-run/limits). */
const DEFAULT_KEEP_ALIVE_MS = 60_000;

/** What an account may have (browser-run/limits, November 2026). */
export interface BrowserLimits {
  atOnce: number;
  /** So many launches in `launchPeriodMs`. */
  launches: number;
  launchPeriodMs: number;
  /** Browser time a UTC day. */
  msPerDay: number;
}

export const browserPlans = {
  paid: { atOnce: 200, launches: 3, launchPeriodMs: 1000, msPerDay: Number.POSITIVE_INFINITY },
  free: { atOnce: 3, launches: 1, launchPeriodMs: 20_000, msPerDay: 10 * 60_000 },
} as const satisfies Record<string, BrowserLimits>;

export interface BrowserRunRules extends SessionRules {
  limits: BrowserLimits;
  refusesLocation: boolean;
  /** The chance that a launch is answered with 503. */
  unavailable: number;
}

export class SimulatedBrowserRun {
  readonly #platform: Platform;
  readonly #pages: Pages;
  readonly #rules: BrowserRunRules;
  readonly #running = new Map<string, BrowserSession>();
  /** When sessions were launched in the last `launchPeriodMs`. */
  #launchedAt: number[] = [];
  #launching = 0;
  /** All sessions, ended or not. */
  readonly sessions: BrowserSession[] = [];
  /** Launches refused, by status. */
  readonly refused: Record<string, number> = {};
  max = 0;

  constructor(platform: Platform, pages: Pages, rules: BrowserRunRules) {
    this.#platform = platform;
    this.#pages = pages;
    this.#rules = rules;
  }

  /** The time of all sessions so far, in ms. */
  get usedMs(): number {
    const { now } = this.#platform.clock;
    return this.sessions.reduce((sum, { launchedAt, endedAt = now }) => sum + endedAt - launchedAt, 0);
  }

  /** The most browsers at once. */
  get limit(): number {
    return this.#rules.limits.atOnce;
  }

  get running(): number {
    return this.#running.size;
  }

  get busyTabs(): number {
    let sum = 0;
    for (const session of this.#running.values()) sum += session.busyTabs;
    return sum;
  }

  /** The binding: the routes of the HTTP API that Puppeteer uses. */
  readonly binding = {
    fetch: async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
      const url = new URL(input instanceof Request ? input.url : input);
      const method = (input instanceof Request ? input.method : init?.method) ?? "GET";
      const answer = await this.#platform.connectedCall(() => this.#answer(method, url));
      if (answer !== "connect") return answer;
      const session = this.#running.get(url.pathname.split("/").at(-1) ?? "");
      if (!session) return textAnswer(404, "No such session");
      return { status: 101, ok: false, webSocket: session.connect() } as unknown as Response;
    },
  };

  async #answer(method: string, { pathname, searchParams }: URL): Promise<Response | "connect"> {
    const [, id = ""] = /^\/v1\/devtools\/(?:browser|session)\/([\w-]+)$/.exec(pathname) ?? [];
    const route = `${method} ${id ? pathname.replace(id, ":id") : pathname}`;
    switch (route) {
      case "POST /v1/devtools/browser":
      case "GET /v1/acquire":
        return await this.#launch(searchParams);
      case "GET /v1/devtools/browser/:id":
        await this.#platform.pass(this.#platform.numbers.between(MIN_JOIN_MS, MAX_JOIN_MS));
        return "connect";
      case "DELETE /v1/devtools/browser/:id": {
        const session = this.#running.get(id);
        session?.end();
        return session ? jsonAnswer({ status: "closed" }) : textAnswer(404, "No such session");
      }
      case "GET /v1/limits":
        return jsonAnswer(this.#limits());
      case "GET /v1/sessions":
        return jsonAnswer({ sessions: this.#list() });
      case "GET /v1/devtools/session":
        return jsonAnswer(this.#list());
      case "GET /v1/devtools/session/:id": {
        const [session] = this.#list().filter(({ sessionId }) => sessionId === id);
        return session ? jsonAnswer(session) : textAnswer(404, "No such session");
      }
      default:
        throw new Error(`The model of Browser Run has no ${route}.`);
    }
  }

  async #launch(given: URLSearchParams): Promise<Response> {
    const { clock, numbers } = this.#platform;
    const { limits, refusesLocation, unavailable } = this.#rules;
    if (refusesLocation && given.has("location")) return this.#refuse(400, "Unknown option: location");
    if (this.#leftToday() <= 0) return this.#refuse(429, "Browser time limit exceeded for today");
    if (this.#running.size + this.#launching >= limits.atOnce) {
      return this.#refuse(429, "Too many browsers at once");
    }
    const waitMs = this.#untilNextLaunch();
    if (waitMs > 0) return this.#refuse(429, "Rate limit exceeded", Math.ceil(waitMs / 1000));
    this.#launchedAt.push(clock.now);
    if (numbers.chance(unavailable)) return this.#refuse(503, "No browser available");
    this.#launching += 1;
    await this.#platform.pass(numbers.between(MIN_LAUNCH_MS, MAX_LAUNCH_MS));
    this.#launching -= 1;
    return jsonAnswer({ sessionId: this.#start(Number(given.get("keep_alive"))).id });
  }

  #start(keepAliveMs: number): BrowserSession {
    const session = new BrowserSession(this.#platform, this.#pages, this.#rules, {
      id: `browser-${this.sessions.length + 1}`,
      keepAliveMs: keepAliveMs || DEFAULT_KEEP_ALIVE_MS,
      onEnd: ({ id }) => this.#running.delete(id),
    });
    this.sessions.push(session);
    this.#running.set(session.id, session);
    this.max = Math.max(this.max, this.#running.size);
    if (this.#rules.limits.msPerDay < DAY_MS) this.#endWhenDayIsUsedUp();
    return session;
  }

  /** Ends all sessions when the day's browser time is used up. */
  #endWhenDayIsUsedUp(): void {
    const left = this.#leftToday();
    if (left <= 0) {
      for (const session of [...this.#running.values()]) session.end();
      return;
    }
    const wait = Math.max(100, left / Math.max(1, this.#running.size));
    if (this.#running.size > 0) this.#platform.clock.after(wait, () => this.#endWhenDayIsUsedUp());
  }

  /** Browser time left this UTC day, in ms. */
  #leftToday(): number {
    const { now } = this.#platform.clock;
    const dayBegan = Math.floor(now / DAY_MS) * DAY_MS;
    const used = this.sessions.reduce(
      (sum, { launchedAt, endedAt = now }) => sum + Math.max(0, endedAt - Math.max(launchedAt, dayBegan)),
      0,
    );
    return this.#rules.limits.msPerDay - used;
  }

  #untilNextLaunch(): number {
    const { now } = this.#platform.clock;
    const { launches, launchPeriodMs } = this.#rules.limits;
    this.#launchedAt = this.#launchedAt.filter((at) => at > now - launchPeriodMs);
    if (this.#launchedAt.length < launches) return 0;
    return (this.#launchedAt[0] ?? now) + launchPeriodMs - now;
  }

  #limits(): object {
    const waitMs = this.#untilNextLaunch();
    const { atOnce, launches } = this.#rules.limits;
    return {
      activeSessions: [...this.#running.keys()].map((id) => ({ id })),
      maxConcurrentSessions: atOnce,
      allowedBrowserAcquisitions: Math.max(0, launches - this.#launchedAt.length),
      timeUntilNextAllowedBrowserAcquisition: Math.ceil(waitMs),
    };
  }

  #list() {
    return [...this.#running.values()].map(({ id, launchedAt, isConnected }) => ({
      sessionId: id,
      startTime: Math.floor(launchedAt),
      ...(isConnected ? { connectionId: `connection of ${id}` } : {}),
    }));
  }

  #refuse(status: number, message: string, retryAfterSeconds?: number): Response {
    const reason = `${status} ${message}`;
    this.refused[reason] = (this.refused[reason] ?? 0) + 1;
    return textAnswer(status, message, retryAfterSeconds);
  }
}

function jsonAnswer(body: unknown): Response {
  return textAnswer(200, JSON.stringify(body));
}

/** Without streams, which would take turns of Node's event loop. */
function textAnswer(status: number, text: string, retryAfterSeconds?: number): Response {
  const headers = new Headers(
    retryAfterSeconds === undefined ? {} : { "Retry-After": String(retryAfterSeconds) },
  );
  const answer = {
    status,
    ok: status < 300,
    headers,
    text: async () => text,
    json: async () => JSON.parse(text),
    body: null,
  };
  return answer as unknown as Response;
}
