/**
 * What the browser tells of one page while it is rendered: which document is in the tab, what is still under way, and
 * what makes going on pointless.
 */
import type { CDPEvents, CDPSession } from "@cloudflare/puppeteer";
import { RenderFailure } from "../protocol/render-failure.ts";

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

/** The body of an answer to fetch() of which nothing has come for so many ms, after something had, is not waited for. */
const UNREAD_MS = 1000;

/** A request for the tab's document. */
interface DocumentRequest {
  bytes: number;
  /** Its body has come, whole or not. */
  isOver: boolean;
  /** Chromium's `net::ERR_…`, if it failed. */
  errorText: string | undefined;
}

export class PageWatch {
  readonly #session: CDPSession;
  readonly #frameId: string;
  readonly #onBytes: (bytes: number) => void;
  /** Requests under way → since when, epoch ms. */
  readonly #open = new Map<string, number>();
  /** By the loader's id, the last one asked for last. */
  readonly #requests = new Map<string, DocumentRequest>();
  /** Requests by fetch() that have been answered → the timer that ends them unless more comes. None before the body has begun. */
  readonly #fetches = new Map<string, ReturnType<typeof setTimeout> | undefined>();
  /** Those of them that are not waited for. */
  readonly #unread = new Set<string>();
  readonly #listeners: (() => void)[] = [];
  readonly #waiters = new Set<() => void>();
  #loaderId: string | undefined;
  #quietSince = Date.now();
  #documentSince = Date.now();
  #contentLoaded = false;
  #loaded = false;
  #documents = 0;
  #isErrorPage = false;
  #isEnded = false;
  #failure: RenderFailure | undefined;

  /** `onBytes` hears how many bytes of a document have come. */
  constructor(session: CDPSession, frameId: string, onBytes: (bytes: number) => void) {
    this.#session = session;
    this.#frameId = frameId;
    this.#onBytes = onBytes;
    this.#listen();
  }

  /** Chromium's `net::ERR_…` for the document in the tab, or for the last one asked for while there is none. */
  get errorText(): string | undefined {
    const request = this.#loaderId === undefined ? undefined : this.#requests.get(this.#loaderId);
    return (request ?? Array.from(this.#requests.values()).at(-1))?.errorText;
  }

  /** What ended the rendering, if anything did. */
  get failure(): RenderFailure | undefined {
    return this.#failure;
  }

  /** There is nothing more to wait for. */
  get isOver(): boolean {
    return this.#isEnded || this.#failure !== undefined;
  }

  /** The current document has been parsed. */
  get isContentLoaded(): boolean {
    return this.#contentLoaded;
  }

  /** The current document's load event has fired. */
  get isLoaded(): boolean {
    return this.#loaded;
  }

  /** All has come that will come of the current document's own HTML. */
  get isDocumentOver(): boolean {
    return this.#loaderId !== undefined && this.#requests.get(this.#loaderId)?.isOver === true;
  }

  /** The tab shows Chromium's own page that says why there is none. */
  get isErrorPage(): boolean {
    return this.#isErrorPage;
  }

  /** DevTools' id of the navigation that brought the current document; undefined until there has been one. */
  get loaderId(): string | undefined {
    return this.#loaderId;
  }

  /** DevTools' id of the last navigation that has asked for a document over the network. */
  get requested(): string | undefined {
    return Array.from(this.#requests.keys()).at(-1);
  }

  /** How many documents the tab has had: grows with each navigation. */
  get documents(): number {
    return this.#documents;
  }

  /** Since when the current document is in the tab, epoch ms. */
  get documentSince(): number {
    return this.#documentSince;
  }

  /** Since when no request is under way, epoch ms; null while any is. */
  get quietSince(): number | null {
    return this.#open.size > 0 ? null : this.#quietSince;
  }

  /** Nothing is under way, nor left unread, that the page could go on with when it comes. */
  get isIdle(): boolean {
    return this.#open.size === 0 && this.#unread.size === 0;
  }

  /** How long the oldest request has been under way, in ms. */
  get longestWait(): number {
    const oldest = this.#open.values().next();
    return oldest.done ? 0 : Date.now() - oldest.value;
  }

  /** Ends the rendering. The first failure counts. */
  fail(failure: RenderFailure): void {
    this.#failure ??= failure;
    this.wake();
  }

  /** Ends the waiting: what was wanted is there. */
  end(): void {
    this.#isEnded = true;
    this.wake();
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

  /** Makes `until` look again, for a condition that is not the browser's. */
  wake(): void {
    for (const waiter of [...this.#waiters]) waiter();
  }

  stop(): void {
    for (const unlisten of this.#listeners) unlisten();
    this.#forgetFetches();
    this.wake();
  }

  #on<Name extends keyof CDPEvents>(name: Name, listener: (event: CDPEvents[Name]) => void): void {
    const waking = (event: CDPEvents[Name]) => {
      listener(event);
      this.wake();
    };
    this.#session.on(name, waking);
    this.#listeners.push(() => this.#session.off(name, waking));
  }

  #listen(): void {
    this.#on("Network.requestWillBeSent", (event) => this.#requested(event));
    this.#on("Network.responseReceived", ({ requestId, type }) => {
      if (type === "Fetch" && this.#open.has(requestId)) this.#fetches.set(requestId, undefined);
    });
    this.#on("Network.loadingFinished", ({ requestId }) => this.#ended(requestId, undefined));
    this.#on("Network.loadingFailed", ({ requestId, errorText }) => this.#ended(requestId, errorText));
    this.#on("Network.dataReceived", ({ requestId, dataLength }) => {
      if (this.#fetches.has(requestId)) this.#awaitMoreOf(requestId);
      const request = this.#requests.get(requestId);
      if (!request) return;
      request.bytes += dataLength;
      this.#onBytes(request.bytes);
    });
    this.#on("Page.frameNavigated", ({ frame }) => this.#navigated(frame));
    // Without a document yet, what loads is what was in the tab before.
    this.#on("Page.domContentEventFired", () => {
      this.#contentLoaded = this.#documents > 0;
    });
    this.#on("Page.loadEventFired", () => {
      this.#contentLoaded = this.#documents > 0;
      this.#loaded = this.#documents > 0;
    });
    // A page that was about to go to something that is no document, and stays, never says that it has loaded.
    this.#on("Page.frameStoppedLoading", ({ frameId }) => {
      if (frameId !== this.#frameId || this.#documents === 0) return;
      this.#contentLoaded = true;
      this.#loaded = true;
    });
    this.#on("Inspector.targetCrashed", () => {
      this.fail(new RenderFailure("page_crashed", "The page crashed its browser tab.", { transient: true }));
    });
  }

  #requested({
    requestId,
    type,
    frameId,
    request: { url },
    loaderId,
    redirectResponse,
  }: CDPEvents["Network.requestWillBeSent"]): void {
    if (redirectResponse) this.#quietSince = Date.now();
    // What does not come over the network has come, and not all of it is ever said to have ended. Nor is that of a
    // worker's own script, which has no loader.
    const isEndless = endlessTypes.has(type ?? "") || /^(?:data|blob):/.test(url) || loaderId === "";
    if (!isEndless) this.#open.set(requestId, Date.now());
    if (type === "Document" && frameId === this.#frameId && requestId === loaderId) {
      const isSecond = this.#requests.size > 0 && !this.#requests.has(requestId);
      // The page has no document yet that could ask for another: the one that was in the tab before it did.
      if (isSecond && this.#documents === 0) this.fail(overtaken());
      this.#requests.set(requestId, { bytes: 0, isOver: false, errorText: undefined });
    }
  }

  /** Chromium never says that an answer has ended whose body nobody reads. */
  #awaitMoreOf(requestId: string): void {
    clearTimeout(this.#fetches.get(requestId));
    if (this.#unread.delete(requestId)) this.#open.set(requestId, Date.now());
    const giveUp = () => {
      this.#closed(requestId);
      this.#unread.add(requestId);
      this.wake();
    };
    this.#fetches.set(requestId, setTimeout(giveUp, UNREAD_MS));
  }

  #forgetFetches(): void {
    for (const timer of this.#fetches.values()) clearTimeout(timer);
    this.#fetches.clear();
    this.#unread.clear();
  }

  #ended(requestId: string, errorText: string | undefined): void {
    clearTimeout(this.#fetches.get(requestId));
    this.#fetches.delete(requestId);
    this.#unread.delete(requestId);
    const request = this.#requests.get(requestId);
    if (request) {
      request.isOver = true;
      // Chromium's own page that says why there is none ends under the same id.
      request.errorText ??= errorText;
    }
    this.#closed(requestId);
  }

  #closed(requestId: string): void {
    if (this.#open.delete(requestId) && this.#open.size === 0) this.#quietSince = Date.now();
  }

  #navigated(frame: CDPEvents["Page.frameNavigated"]["frame"]): void {
    if (frame.id !== this.#frameId) return;
    this.#documents += 1;
    this.#documentSince = Date.now();
    this.#contentLoaded = false;
    this.#loaded = false;
    this.#isErrorPage = frame.unreachableUrl !== undefined;
    this.#loaderId = frame.loaderId;
    for (const id of this.#requests.keys()) {
      if (id === frame.loaderId) break;
      this.#requests.delete(id);
    }
    // What the document before it had asked for does not matter any more.
    this.#open.clear();
    this.#forgetFetches();
    if (this.#requests.get(frame.loaderId)?.isOver === false) this.#open.set(frame.loaderId, Date.now());
    this.#quietSince = Date.now();
  }
}

function overtaken(): RenderFailure {
  const message = "The page before this one in the same browser tab went elsewhere.";
  return new RenderFailure("render_failed", message, { transient: true });
}
