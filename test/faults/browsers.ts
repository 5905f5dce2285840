/**
 * A stand-in for Browser Run. It launches sessions or refuses to, and they speak as much of the DevTools protocol as
 * Trawl needs to open a tab. They die or hang as the schedule says. What a page contains is up to fake-render-page.ts.
 */

import { answersTo, BrowserSocket, type Command } from "../browser-run/devtools.ts";
import { pass } from "./fast-clock.ts";
import type { Site } from "./faults.ts";
import type { Random } from "./random.ts";

type Call = <T>(site: Site, effect: () => Promise<T>) => Promise<T>;

interface Session {
  /** It answers nothing anymore. */
  isHung: boolean;
  /** Epoch ms. */
  startTime: number;
  connections: Set<BrowserSocket>;
}

export class Browsers {
  readonly #random: Random;
  readonly #areCalm: () => boolean;
  /** Running sessions, by id. */
  readonly #sessions = new Map<string, Session>();
  #launched = 0;
  readonly #deathRate: number;
  readonly #hangRate: number;

  constructor(random: Random, areCalm: () => boolean) {
    this.#random = random;
    this.#areCalm = areCalm;
    this.#deathRate = random.pick("browser's death", [0, 0, 0.002, 0.01]);
    this.#hangRate = random.pick("browser's hang", [0, 0, 0.002]);
  }

  /** The Worker's BROWSER binding. It has the routes that Trawl uses, and no others. */
  binding(call: Call): BrowserRun {
    const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      if (pathname === "/v1/limits") return await this.#limits(call);
      if (pathname === "/v1/sessions") return await this.#list(call);
      const [route, id = ""] = /^\/v1\/devtools\/browser(?:\/([\w-]+))?$/.exec(pathname) ?? [];
      const method = init?.method ?? "GET";
      if (route && method === "POST" && !id) return await this.#launch(call);
      if (route && method === "GET" && id) return this.#connect(id);
      if (route && method === "DELETE" && id) return await this.#close(id);
      throw new Error(`Browser Run's stand-in has no ${method} ${pathname}.`);
    };
    return { fetch } as BrowserRun;
  }

  async #launch(call: Call): Promise<Response> {
    try {
      return await call("launch", async () => {
        this.#launched += 1;
        const sessionId = `browser-${this.#random.seed}-${this.#launched}`;
        this.#sessions.set(sessionId, { isHung: false, startTime: Date.now(), connections: new Set() });
        return Response.json({ sessionId });
      });
    } catch {
      return new Response("Rate limit exceeded", { status: 429 });
    }
  }

  /** As many browsers as the schedule's MAX_BROWSERS, and as many launches as one likes. */
  #limits(call: Call): Promise<Response> {
    return call("launch", async () =>
      Response.json({
        maxConcurrentSessions: 10,
        activeSessions: Array.from(this.#sessions.keys(), (id) => ({ id })),
        allowedBrowserAcquisitions: 1,
        timeUntilNextAllowedBrowserAcquisition: 1000,
      }),
    );
  }

  #list(call: Call): Promise<Response> {
    return call("launch", async () => {
      const sessions = Array.from(this.#sessions, ([sessionId, { startTime, connections }]) => ({
        sessionId,
        startTime,
        ...(connections.size > 0 ? { connectionId: `connection of ${sessionId}` } : {}),
      }));
      return Response.json({ sessions });
    });
  }

  #connect(sessionId: string): Response {
    const session = this.#sessions.get(sessionId);
    if (!session) return new Response("No such session", { status: 404 });
    const webSocket = new BrowserSocket((socket, command) => this.#answer(sessionId, socket, command));
    session.connections.add(webSocket);
    return { status: 101, webSocket } as unknown as Response;
  }

  async #close(sessionId: string): Promise<Response> {
    // Browser Run does not say what it does with a session that hangs. The worst is to hang, too.
    if (this.#sessions.get(sessionId)?.isHung) return new Promise(() => {});
    this.#end(sessionId);
    return Response.json({ status: "closed" });
  }

  #end(sessionId: string): void {
    const connections = this.#sessions.get(sessionId)?.connections ?? [];
    this.#sessions.delete(sessionId);
    for (const socket of connections) socket.close();
  }

  async #answer(sessionId: string, socket: BrowserSocket, command: Command): Promise<void> {
    if (!this.#areCalm() && this.#random.chance("browser dies", this.#deathRate)) this.#end(sessionId);
    const session = this.#sessions.get(sessionId);
    if (!session) {
      socket.close();
      return;
    }
    if (!this.#areCalm() && this.#random.chance("browser hangs", this.#hangRate)) session.isHung = true;
    if (session.isHung) return;
    if (command.method === "Page.navigate") await pass(this.#random.between("page takes", 50, 800));
    for (const message of answersTo(command)) socket.tell(message);
  }
}
