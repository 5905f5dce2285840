/**
 * What the network tells of one page while it is rendered: which document is in the tab, how it was answered, what is
 * still under way, and what makes going on pointless.
 */
import type { CDPSession } from "@cloudflare/puppeteer";
import { RenderFailure } from "./failure.ts";

/** The answer that the tab's document came with. */
export interface DocumentResponse {
  url: string;
  status: number;
  /** Lower case, without parameters. */
  mimeType: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** The address that was called, where the browser tells. */
  remoteAddress: string | undefined;
  requestId: string;
}

/** Requests that may stay open for ever and do not hold a page up. */
const endlessTypes = new Set([
  "EventSource",
  "WebSocket",
  "Ping",
  "Prefetch",
  "Media",
  "Preflight",
  "CSPViolationReport",
]);

export class PageWatch {
  readonly #session: CDPSession;
  readonly #frameId: string;
  readonly #maxBytes: number;
  readonly #open = new Set<string>();
  readonly #documentBytes = new Map<string, number>();
  readonly #origins = new Set<string>();
  readonly #listeners: [string, (event: unknown) => void][] = [];
  readonly #waiters = new Set<() => void>();
  #response: DocumentResponse | undefined;
  #requestId: string | undefined;
  #errorText: string | undefined;
  #quietSince = Date.now();
  #contentLoaded = false;
  #loaded = false;
  #documents = 0;
  #failure: RenderFailure | undefined;

  constructor(session: CDPSession, frameId: string, maxBytes: number) {
    this.#session = session;
    this.#frameId = frameId;
    this.#maxBytes = maxBytes;
    this.#listen();
  }

  /** The last answer to a request for the tab's document. */
  get response(): DocumentResponse | undefined {
    return this.#response;
  }

  /** Chromium's `net::ERR_…` for the last request for the tab's document, if it failed. */
  get errorText(): string | undefined {
    return this.#errorText;
  }

  /** What ended the rendering from the browser's side, if anything did. */
  get failure(): RenderFailure | undefined {
    return this.#failure;
  }

  /** The current document has been parsed. */
  get isContentLoaded(): boolean {
    return this.#contentLoaded;
  }

  /** The current document's load event has fired. */
  get isLoaded(): boolean {
    return this.#loaded;
  }

  /** How many documents the tab has had: grows with each navigation. */
  get documents(): number {
    return this.#documents;
  }

  /** Origins that the page had frames of: where it can have stored something. */
  get origins(): ReadonlySet<string> {
    return this.#origins;
  }

  /** Since when no request is under way, epoch ms; null while any is. */
  get quietSince(): number | null {
    return this.#open.size > 0 ? null : this.#quietSince;
  }

  /** Resolves when `condition` holds or after `ms`, whichever is first. Answers whether it holds. */
  async until(condition: () => boolean, ms: number): Promise<boolean> {
    const endsAt = Date.now() + ms;
    while (!condition()) {
      const left = endsAt - Date.now();
      if (left <= 0) return false;
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer);
          this.#waiters.delete(done);
          resolve();
        };
        const timer = setTimeout(done, left);
        this.#waiters.add(done);
      });
    }
    return true;
  }

  /** Makes `until` look again, for a condition that is not the network's. */
  wake(): void {
    this.#changed();
  }

  stop(): void {
    for (const [event, listener] of this.#listeners) this.#session.off(event, listener);
    this.#changed();
  }

  #changed(): void {
    for (const waiter of [...this.#waiters]) waiter();
  }

  #on<Event>(name: string, listener: (event: Event) => void): void {
    const changing = (event: Event) => {
      listener(event);
      this.#changed();
    };
    const handler = changing as (event: unknown) => void;
    this.#session.on(name, handler);
    this.#listeners.push([name, handler]);
  }

  #listen(): void {
    this.#on<RequestWillBeSent>("Network.requestWillBeSent", (event) => this.#requested(event));
    this.#on<ResponseReceived>("Network.responseReceived", (event) => this.#responded(event));
    this.#on<{ requestId: string }>("Network.loadingFinished", ({ requestId }) => this.#ended(requestId));
    this.#on<LoadingFailed>("Network.loadingFailed", ({ requestId, errorText }) => {
      if (requestId === this.#requestId) this.#errorText = errorText;
      this.#ended(requestId);
    });
    this.#on<{ requestId: string; dataLength: number }>("Network.dataReceived", (event) =>
      this.#received(event),
    );
    this.#on<FrameNavigated>("Page.frameNavigated", ({ frame }) => this.#navigated(frame));
    this.#on("Page.domContentEventFired", () => {
      this.#contentLoaded = true;
    });
    this.#on("Page.loadEventFired", () => {
      this.#contentLoaded = true;
      this.#loaded = true;
    });
    this.#on("Inspector.targetCrashed", () => {
      this.#failure = new RenderFailure("page_crashed", "The page crashed its browser tab.", {
        transient: true,
      });
    });
    this.#on("Page.javascriptDialogOpening", () => {
      this.#session.send("Page.handleJavaScriptDialog", { accept: false }).catch(() => {});
    });
  }

  #requested({ requestId, type, frameId, request, loaderId, redirectResponse }: RequestWillBeSent): void {
    if (redirectResponse) this.#quietSince = Date.now();
    if (!endlessTypes.has(type ?? "") && !request.url.startsWith("data:")) this.#open.add(requestId);
    if (type === "Document" && frameId === this.#frameId && requestId === loaderId) {
      this.#requestId = requestId;
      this.#errorText = undefined;
      this.#response = undefined;
    }
  }

  #responded({ requestId, response }: ResponseReceived): void {
    if (requestId !== this.#requestId) return;
    const headers = Object.fromEntries(
      Object.entries(response.headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    this.#response = {
      url: response.url,
      status: response.status,
      mimeType: response.mimeType.toLowerCase(),
      headers,
      remoteAddress: response.remoteIPAddress?.replace(/^\[|\]$/g, ""),
      requestId,
    };
    const length = Number(headers["content-length"] ?? 0);
    if (length > this.#maxBytes) this.#tooLarge(`${length} bytes`);
  }

  #received({ requestId, dataLength }: { requestId: string; dataLength: number }): void {
    if (requestId !== this.#requestId) return;
    const bytes = (this.#documentBytes.get(requestId) ?? 0) + dataLength;
    this.#documentBytes.set(requestId, bytes);
    if (bytes > this.#maxBytes) this.#tooLarge(`more than ${this.#maxBytes} bytes`);
  }

  #tooLarge(size: string): void {
    const message = `The page is ${size} long; at most ${this.#maxBytes} are rendered.`;
    this.#failure = new RenderFailure("page_too_large", message);
  }

  #ended(requestId: string): void {
    if (!this.#open.delete(requestId)) return;
    if (this.#open.size === 0) this.#quietSince = Date.now();
  }

  #navigated(frame: FrameNavigated["frame"]): void {
    if (URL.canParse(frame.url)) this.#origins.add(new URL(frame.url).origin);
    if (frame.id !== this.#frameId) return;
    this.#documents += 1;
    this.#contentLoaded = false;
    this.#loaded = false;
    // What the document before it had asked for does not matter any more.
    this.#open.clear();
    this.#quietSince = Date.now();
  }
}

// The fields used of the DevTools protocol's events (chromedevtools.github.io/devtools-protocol).
interface RequestWillBeSent {
  requestId: string;
  loaderId: string;
  frameId?: string;
  type?: string;
  request: { url: string };
  redirectResponse?: object;
}
interface ResponseReceived {
  requestId: string;
  response: {
    url: string;
    status: number;
    mimeType: string;
    headers: Record<string, string>;
    remoteIPAddress?: string;
  };
}
interface LoadingFailed {
  requestId: string;
  errorText: string;
}
interface FrameNavigated {
  frame: { id: string; url: string };
}
