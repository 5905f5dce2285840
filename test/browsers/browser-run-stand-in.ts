/**
 * A stand-in for Browser Run that launches, lists and closes sessions, and says what it allows. It has the routes that the
 * pool uses, and no others. Nobody can connect to its sessions.
 */

interface Limits {
  /** Browsers at once. */
  browsers: number;
  launches: number;
  nextLaunchInMs: number;
}

interface Session {
  /** Epoch ms. */
  startTime: number;
  connectionId?: string;
}

export class BrowserRunStandIn {
  /** What it allows; null if it cannot say. */
  limits: Limits | null = { browsers: 200, launches: 3, nextLaunchInMs: 0 };
  /** Running sessions, of the pool's Worker and others, by id. */
  readonly sessions = new Map<string, Session>();
  /** The places that browsers were asked for in, "" for any. */
  readonly asked: string[] = [];
  /** How often it was asked what it allows. */
  limitsAsked = 0;
  /** Answers a launch in a place instead of launching. */
  refuse: (place: string) => Response | undefined | Promise<undefined> = () => undefined;
  #launched = 0;

  /** The Worker's BROWSER binding. */
  get binding(): BrowserRun {
    const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
      const url = new URL(input instanceof Request ? input.url : input);
      const [route, id = ""] = /^\/v1\/devtools\/browser(?:\/([\w-]+))?$/.exec(url.pathname) ?? [];
      const method = init?.method ?? "GET";
      if (method === "POST" && route && !id)
        return await this.#launch(url.searchParams.get("location") ?? "");
      if (method === "DELETE" && route && id) return this.#close(id);
      if (method === "GET" && url.pathname === "/v1/sessions") return this.#list();
      if (method === "GET" && url.pathname === "/v1/limits") return this.#limits();
      throw new Error(`Browser Run's stand-in has no ${method} ${url.pathname}.`);
    };
    return { fetch } as BrowserRun;
  }

  /** A session starts that the pool does not know. */
  start(id: string, connectionId?: string): void {
    this.sessions.set(id, { startTime: Date.now(), ...(connectionId ? { connectionId } : {}) });
  }

  async #launch(place: string): Promise<Response> {
    this.asked.push(place);
    const refusal = await this.refuse(place);
    if (refusal) return refusal;
    this.#launched += 1;
    const sessionId = `session-${this.#launched}`;
    this.start(sessionId);
    return Response.json({ sessionId });
  }

  #close(id: string): Response {
    if (!this.sessions.delete(id)) return new Response("No such session", { status: 404 });
    return Response.json({ status: "closing" });
  }

  #list(): Response {
    const sessions = Array.from(this.sessions, ([sessionId, session]) => ({ sessionId, ...session }));
    return Response.json({ sessions });
  }

  #limits(): Response {
    this.limitsAsked += 1;
    if (!this.limits) return new Response("Internal error", { status: 500 });
    const { browsers, launches, nextLaunchInMs } = this.limits;
    return Response.json({
      activeSessions: Array.from(this.sessions.keys(), (id) => ({ id })),
      maxConcurrentSessions: browsers,
      allowedBrowserAcquisitions: launches,
      timeUntilNextAllowedBrowserAcquisition: nextLaunchInMs,
    });
  }
}

/** Refusals as Browser Run words them (developers.cloudflare.com/browser-run/reference/errors). */
export const refusals = {
  rate: (retryAfter?: string) =>
    new Response("Rate limit exceeded", {
      status: 429,
      headers: retryAfter === undefined ? {} : { "Retry-After": retryAfter },
    }),
  day: () => new Response("Browser time limit exceeded for today", { status: 429 }),
  unavailable: () => new Response("No browser available", { status: 503 }),
  location: () => new Response("Invalid location", { status: 400 }),
};
