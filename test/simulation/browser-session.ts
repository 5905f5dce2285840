/** A session of Browser Run: a browser with its connections and tabs. */
import { answersTo, BrowserSocket, type Command } from "../browser-run/devtools.ts";
import type { Timer } from "./clock.ts";
import { currentExecution } from "./execution.ts";
import type { Pages } from "./pages.ts";
import type { Platform } from "./platform.ts";

/** Processor time that a DevTools command costs the Worker, in ms: an estimate. */
const COMMAND_CPU_MS = 0.1;

/** What the model's renderPage evaluates to take the page: see render-page.ts. */
export const captureExpression = "capture the page";

export interface SessionRules {
  /** Round trip of a DevTools command, in ms. */
  roundTripMs: number;
  /** The chance that a page ends the session. */
  deaths: number;
  /** `Target.disposeBrowserContext` does not answer while the context has a tab. */
  disposeHangs: boolean;
}

export class BrowserSession {
  readonly id: string;
  readonly launchedAt: number;
  readonly #platform: Platform;
  readonly #pages: Pages;
  readonly #rules: SessionRules;
  readonly #keepAliveMs: number;
  readonly #onEnd: (session: BrowserSession) => void;
  readonly #connections = new Set<BrowserSocket>();
  /** Tabs by browser context. */
  readonly #contexts = new Map<string, Set<string>>();
  /** Tabs with a page that is not captured yet, by DevTools session, with what ends its visit. */
  readonly #busy = new Map<string, () => void>();
  #usedAt: number;
  #busySince = 0;
  /** How long at least one of its tabs was rendering a page, and the sum over its tabs, in ms. */
  busyMs = 0;
  tabMs = 0;
  endedAt: number | undefined;
  #keepAlive: Timer | undefined;

  constructor(
    platform: Platform,
    pages: Pages,
    rules: SessionRules,
    { id, keepAliveMs, onEnd }: { id: string; keepAliveMs: number; onEnd: (session: BrowserSession) => void },
  ) {
    this.id = id;
    this.#platform = platform;
    this.#pages = pages;
    this.#rules = rules;
    this.#keepAliveMs = keepAliveMs;
    this.#onEnd = onEnd;
    this.launchedAt = platform.clock.now;
    this.#usedAt = platform.clock.now;
    this.#endWhenUnused();
  }

  get busyTabs(): number {
    return this.#busy.size;
  }

  get isConnected(): boolean {
    return this.#connections.size > 0;
  }

  /** A connection for the running code. It ends with it. */
  connect(): BrowserSocket {
    const execution = currentExecution();
    const outbound = new Line(this.#platform, this.#rules.roundTripMs / 2);
    const inbound = new Line(this.#platform, this.#rules.roundTripMs / 2);
    const tabs = new Set<string>();
    const socket = new BrowserSocket(async (from, command) => {
      execution?.useCpu(COMMAND_CPU_MS);
      outbound.send(() => {
        if (this.endedAt !== undefined) return;
        const tell = (message: unknown) =>
          inbound.send(() => {
            if (!execution) from.tell(message);
            else if (!execution.isOver) execution.run(() => from.tell(message));
          });
        if (command.sessionId) tabs.add(command.sessionId);
        this.#receive(command, tell);
      });
    });
    // The contexts of a connection are disposed of when it ends.
    const ended = () => {
      this.#connections.delete(socket);
      for (const tab of tabs) this.#leave(tab);
    };
    const close = socket.close.bind(socket);
    socket.close = () => {
      ended();
      if (!execution) close();
      else if (!execution.isOver) execution.run(close);
    };
    execution?.whenOver(ended);
    this.#connections.add(socket);
    return socket;
  }

  /** Ends it, and all that is under way in it. */
  end(): void {
    if (this.endedAt !== undefined) return;
    this.endedAt = this.#platform.clock.now;
    this.#platform.clock.cancel(this.#keepAlive);
    for (const tab of [...this.#busy.keys()]) this.#leave(tab);
    for (const socket of [...this.#connections]) socket.close();
    this.#onEnd(this);
  }

  #receive(command: Command, tell: (message: unknown) => void): void {
    this.#usedAt = this.#platform.clock.now;
    const answer = () => {
      for (const message of answersTo(command)) this.#noteAnswer(command, message, tell);
    };
    const { method, sessionId: tab = "", params = {} } = command;
    switch (method) {
      case "Page.navigate":
        this.#leave(tab);
        if (params.url !== "about:blank") this.#visit(tab, String(params.url), answer);
        else answer();
        return;
      case "Runtime.evaluate":
        if (params.expression === captureExpression) this.#leave(tab);
        answer();
        return;
      case "Target.closeTarget":
        for (const tabs of this.#contexts.values()) tabs.delete(String(params.targetId));
        answer();
        return;
      case "Target.disposeBrowserContext": {
        const tabs = this.#contexts.get(String(params.browserContextId));
        if (this.#rules.disposeHangs && tabs && tabs.size > 0) return;
        answer();
        return;
      }
      default:
        answer();
    }
  }

  #noteAnswer({ method, params = {} }: Command, message: unknown, tell: (message: unknown) => void): void {
    const { result } = message as { result?: { browserContextId?: string; targetId?: string } };
    if (method === "Target.createBrowserContext" && result?.browserContextId) {
      this.#contexts.set(result.browserContextId, new Set());
    }
    if (method === "Target.createTarget" && result?.targetId) {
      this.#contexts.get(String(params.browserContextId))?.add(result.targetId);
    }
    tell(message);
  }

  #visit(tab: string, url: string, loaded: () => void): void {
    const { clock, numbers } = this.#platform;
    const ms = this.#pages.visit(url);
    if (this.#busy.size === 0) this.#busySince = clock.now;
    const since = clock.now;
    const ends = numbers.chance(this.#rules.deaths)
      ? clock.after(numbers.between(0, ms), () => this.end())
      : undefined;
    const load = clock.after(ms, loaded);
    this.#busy.set(tab, () => {
      clock.cancel(load);
      clock.cancel(ends);
      this.#pages.left(url);
      this.tabMs += clock.now - since;
    });
  }

  /** The page in the tab has been captured, or given up. */
  #leave(tab: string): void {
    const leave = this.#busy.get(tab);
    if (!leave) return;
    leave();
    this.#busy.delete(tab);
    if (this.#busy.size === 0) this.busyMs += this.#platform.clock.now - this.#busySince;
  }

  #endWhenUnused(): void {
    const { clock } = this.#platform;
    this.#keepAlive = clock.at(this.#usedAt + this.#keepAliveMs, () => {
      if (clock.now >= this.#usedAt + this.#keepAliveMs) this.end();
      else this.#endWhenUnused();
    });
  }
}

/** One direction of a connection: all messages take the same time, and those sent at one moment arrive together. */
class Line {
  readonly #platform: Platform;
  readonly #ms: number;
  #sentAt = -1;
  #batch: (() => void)[] = [];

  constructor(platform: Platform, ms: number) {
    this.#platform = platform;
    this.#ms = ms;
  }

  send(arrive: () => void): void {
    const { clock } = this.#platform;
    if (clock.now === this.#sentAt) {
      this.#batch.push(arrive);
      return;
    }
    const batch = [arrive];
    this.#sentAt = clock.now;
    this.#batch = batch;
    clock.after(this.#ms, () => {
      if (this.#batch === batch) this.#sentAt = -1;
      for (const message of batch) message();
    });
  }
}
