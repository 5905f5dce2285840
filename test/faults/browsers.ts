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
    const { 0: client, 1: server } = new WebSocketPair();
    server.accept();
    let isOpen = true;
    server.addEventListener("close", () => {
      isOpen = false;
    });
    const answer = async ({ data }: MessageEvent) => {
      const command = JSON.parse(String(data)) as Command;
      if (!this.#areCalm() && this.#random.chance("browser dies", this.#deathRate)) {
        this.#sessions.delete(sessionId);
      }
      const session = this.#sessions.get(sessionId);
      if (!session || !isOpen) {
        if (isOpen) server.close(1011, "The browser is gone.");
        isOpen = false;
        return;
      }
      if (!this.#areCalm() && this.#random.chance("browser stands still", this.#hangRate)) {
        session.isStill = true;
      }
      if (session.isStill) return;
      if (command.method === "Page.navigate") await pass(this.#random.between("page takes", 50, 800));
      if (!isOpen) return;
      for (const message of answersTo(command)) server.send(JSON.stringify(message));
      if (command.method !== "Browser.close") return;
      this.#sessions.delete(sessionId);
      isOpen = false;
      server.close(1000);
    };
    server.addEventListener("message", (event) => {
      void answer(event);
    });
    return new Response(null, { status: 101, webSocket: client });
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
