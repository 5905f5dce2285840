/**
 * The part of the DevTools protocol that Trawl needs to connect to a browser and to open tabs, without a browser. What a
 * page contains is up to whoever uses it.
 */

export interface Command {
  id: number;
  method: string;
  sessionId?: string;
  params?: Record<string, unknown>;
}

type Listener = (event: { data?: string }) => void;

/** The part of a WebSocket that Puppeteer uses, without the network. */
export class BrowserSocket {
  readonly #answer: (socket: BrowserSocket, command: Command) => Promise<void>;
  readonly #listeners = new Map<string, Listener>();
  #isOpen = true;

  constructor(answer: (socket: BrowserSocket, command: Command) => Promise<void>) {
    this.#answer = answer;
  }

  accept(): void {}

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, listener);
  }

  send(message: string): void {
    if (!this.#isOpen) throw new Error("The connection is closed.");
    queueMicrotask(() => this.#answer(this, JSON.parse(message)));
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

/** The browser's messages for a command: events first, then the result. */
export function answersTo({ id, method, sessionId = "", params = {} }: Command): unknown[] {
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
