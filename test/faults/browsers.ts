/**
 * Browser Run's stand-in: sessions that can be had or not, and that speak as much of the DevTools protocol as Trawl needs
 * to open a tab. They die or stand still as the schedule has it. What a page gives is rendering.ts's affair.
 */

import { pass } from "./fast-clock.ts";
import type { Site } from "./faults.ts";
import type { Random } from "./random.ts";

interface Command {
  id: number;
  method: string;
  sessionId?: string;
  params?: Record<string, unknown>;
}

type Call = <T>(site: Site, effect: () => Promise<T>) => Promise<T>;

export class Browsers {
  readonly #random: Random;
  readonly #areCalm: () => boolean;
  /** Sessions that live → whether they stand still. */
  readonly #sessions = new Map<string, { isStill: boolean }>();
  #launched = 0;
  readonly #deathRate: number;
  readonly #hangRate: number;

  constructor(random: Random, areCalm: () => boolean) {
    this.#random = random;
    this.#areCalm = areCalm;
    this.#deathRate = random.pick("browser's death", [0, 0, 0.002, 0.01]);
    this.#hangRate = random.pick("browser's hang", [0, 0, 0.002]);
  }

  /** As the Worker's BROWSER binding. */
  binding(call: Call): Fetcher {
    const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      if (init?.method === "POST") return await this.#launch(call);
      return this.#connect(pathname.split("/").at(-1) ?? "");
    };
    return { fetch } as Fetcher;
  }

  async #launch(call: Call): Promise<Response> {
    try {
      return await call("launch", async () => {
        this.#launched += 1;
        const sessionId = `browser-${this.#random.seed}-${this.#launched}`;
        this.#sessions.set(sessionId, { isStill: false });
        return Response.json({ sessionId });
      });
    } catch {
      return new Response("Rate limit exceeded", { status: 429 });
    }
  }

  #connect(sessionId: string): Response {
    if (!this.#sessions.has(sessionId)) return new Response("No such session", { status: 404 });
    const webSocket = new BrowserSocket((socket, command) => this.#obey(sessionId, socket, command));
    return { status: 101, webSocket } as unknown as Response;
  }

  async #obey(sessionId: string, socket: BrowserSocket, command: Command): Promise<void> {
    const { method } = command;
    if (!this.#areCalm() && this.#random.chance("browser dies", this.#deathRate)) {
      this.#sessions.delete(sessionId);
    }
    const session = this.#sessions.get(sessionId);
    if (!session) {
      socket.close();
      return;
    }
    if (!this.#areCalm() && this.#random.chance("browser stands still", this.#hangRate)) {
      session.isStill = true;
    }
    if (session.isStill) return;
    if (method === "Page.navigate") await pass(this.#random.between("page takes", 50, 800));
    for (const message of answersTo(command)) socket.tell(message);
    if (method !== "Browser.close") return;
    this.#sessions.delete(sessionId);
    socket.close();
  }
}

type Listener = (event: { data?: string }) => void;

/** As much of a WebSocket as Puppeteer uses, without the network. */
class BrowserSocket {
  readonly #obey: (socket: BrowserSocket, command: Command) => Promise<void>;
  readonly #listeners = new Map<string, Listener>();
  #isOpen = true;

  constructor(obey: (socket: BrowserSocket, command: Command) => Promise<void>) {
    this.#obey = obey;
  }

  accept(): void {}

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, listener);
  }

  send(message: string): void {
    if (!this.#isOpen) throw new Error("The connection is closed.");
    queueMicrotask(() => this.#obey(this, JSON.parse(message)));
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#listeners.get("close")?.({});
  }

  tell(message: unknown): void {
    if (this.#isOpen) this.#listeners.get("message")?.({ data: JSON.stringify(message) });
  }
}

const sessionPrefix = "session of ";
let ids = 0;

/** Events first, then the result. */
function answersTo({ id, method, sessionId = "", params = {} }: Command): unknown[] {
  const result = (result: object = {}) => ({ id, ...(sessionId ? { sessionId } : {}), result });
  switch (method) {
    case "Browser.getVersion":
      return [result({ product: "Chrome/126.0.0.0" })];
    case "Target.getBrowserContexts":
      return [result({ browserContextIds: [] })];
    case "Target.setDiscoverTargets":
      return [{ method: "Target.targetCreated", params: { targetInfo: targetInfo("browser") } }, result()];
    case "Target.createBrowserContext":
      ids += 1;
      return [result({ browserContextId: `context-${ids}` })];
    case "Target.createTarget":
      ids += 1;
      return [result({ targetId: `page-${ids}` })];
    case "Target.attachToTarget": {
      const info = targetInfo(String(params.targetId));
      const attached = { sessionId: `${sessionPrefix}${info.targetId}`, targetInfo: info };
      return [
        { method: "Target.attachedToTarget", params: { ...attached, waitingForDebugger: false } },
        result({ sessionId: attached.sessionId }),
      ];
    }
    case "Page.navigate": {
      const frame = { id: sessionId.slice(sessionPrefix.length), url: params.url };
      return [result({ frameId: frame.id }), { sessionId, method: "Page.frameNavigated", params: { frame } }];
    }
    default:
      return [result()];
  }
}

function targetInfo(targetId: string) {
  const type = targetId === "browser" ? "browser" : "page";
  return { targetId, type, title: "", url: "", attached: true, canAccessOpener: false };
}
