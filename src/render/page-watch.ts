/** Watches a page through the browser's events: which document is in the tab, and how far it has loaded. */
import type { CDPEvents } from "@cloudflare/puppeteer";
import { RenderFailure } from "../protocol/render-failure.ts";
import { NetworkActivity } from "./network-activity.ts";
import type { TabSession } from "./tab-session.ts";

export interface PageWatchEvents {
  /** More of a document has arrived: `bytes` so far. */
  onDocumentBytes(bytes: number): void;
  /** The page cannot be rendered any more. */
  onFailure(failure: RenderFailure): void;
}

/** A document that asks to be replaced by another after at most this many seconds is on its way there. */
const MAX_REFRESH_S = 5;
/** ms that a refresh may be late. */
const REFRESH_LATE_MS = 500;

/** A request for the tab's document. */
interface DocumentRequest {
  bytes: number;
  /** Its body has arrived, whole or not. */
  isOver: boolean;
  /** Chromium's `net::ERR_…`, if it failed. */
  errorText: string | undefined;
}

export class PageWatch {
  readonly network: NetworkActivity;
  readonly #frameId: string;
  readonly #events: PageWatchEvents | undefined;
  /** By loader id, in the order in which they were sent. */
  readonly #requests = new Map<string, DocumentRequest>();
  readonly #listeners: (() => void)[];
  readonly #waiters = new Set<() => void>();
  #loaderId: string | undefined;
  #documentCount = 0;
  #documentSince = Date.now();
  #isContentLoaded = false;
  #isLoaded = false;
  #isErrorPage = false;
  #url = "";
  /** Until when the document may be replaced by a refresh that it has asked for, epoch ms. */
  #refreshedBy = 0;

  /** Watches until `stop()`. */
  constructor(session: TabSession, events?: PageWatchEvents) {
    this.#frameId = session.frameId;
    this.#events = events;
    this.network = new NetworkActivity(() => this.wake());
    this.#listeners = this.#listen(session);
  }

  /** Chromium's `net::ERR_…` for the document in the tab, or for the last one requested while there is none. */
  get errorText(): string | undefined {
    const request = this.#loaderId === undefined ? undefined : this.#requests.get(this.#loaderId);
    return (request ?? Array.from(this.#requests.values()).at(-1))?.errorText;
  }

  /** The current document has been parsed. */
  get isContentLoaded(): boolean {
    return this.#isContentLoaded;
  }

  /** The current document's load event has fired. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** All of the current document's own HTML that will ever arrive has arrived. */
  get isDocumentOver(): boolean {
    return this.#loaderId !== undefined && this.#requests.get(this.#loaderId)?.isOver === true;
  }

  /** The tab shows Chromium's own error page. */
  get isErrorPage(): boolean {
    return this.#isErrorPage;
  }

  /** DevTools' id of the navigation that brought the current document; undefined while there has been none. */
  get loaderId(): string | undefined {
    return this.#loaderId;
  }

  /** DevTools' id of the last navigation that requested a document over the network. */
  get lastRequested(): string | undefined {
    return Array.from(this.#requests.keys()).at(-1);
  }

  /** ms to wait for another document, to which the current one leads by a refresh in its HTML or its headers; 0 if none. */
  get msUntilRefresh(): number {
    return Math.max(0, this.#refreshedBy - Date.now());
  }

  /** How many documents there have been: grows with each navigation. */
  get documentCount(): number {
    return this.#documentCount;
  }

  /** Since when the current document has been in the tab, epoch ms. */
  get documentSince(): number {
    return this.#documentSince;
  }

  /** Resolves when `condition` holds, or after `ms`. Returns whether it holds. */
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

  /** Has `until` check its condition again, for one that does not depend on the browser's events. */
  wake(): void {
    for (const waiter of [...this.#waiters]) waiter();
  }

  stop(): void {
    for (const unlisten of this.#listeners) unlisten();
    this.network.stop();
    this.wake();
  }

  #listen(session: TabSession): (() => void)[] {
    const on = <Name extends keyof CDPEvents>(name: Name, listener: (event: CDPEvents[Name]) => void) =>
      session.on(name, (event) => {
        listener(event);
        this.wake();
      });
    return [
      on("Network.requestWillBeSent", (event) => {
        this.network.sent(event);
        this.#requested(event);
      }),
      on("Network.responseReceived", (event) => this.network.answered(event)),
      on("Network.dataReceived", ({ requestId, dataLength }) => {
        this.network.received(requestId);
        const request = this.#requests.get(requestId);
        if (!request) return;
        request.bytes += dataLength;
        this.#events?.onDocumentBytes(request.bytes);
      }),
      on("Network.loadingFinished", ({ requestId }) => this.#ended(requestId, undefined)),
      on("Network.loadingFailed", ({ requestId, errorText }) => this.#ended(requestId, errorText)),
      on("Page.frameNavigated", ({ frame }) => this.#navigated(frame)),
      on("Page.domContentEventFired", () => this.#hasParsed()),
      on("Page.loadEventFired", () => this.#hasLoaded()),
      // A page that was about to go to a download, and stays, never fires its load event.
      on("Page.frameStoppedLoading", ({ frameId }) => {
        if (frameId === this.#frameId) this.#hasLoaded();
      }),
      on("Page.frameScheduledNavigation", (event) => this.#scheduled(event)),
      on("Inspector.targetCrashed", () => {
        this.#fail(
          new RenderFailure("page_crashed", "The page crashed its browser tab.", { transient: true }),
        );
      }),
    ];
  }

  #fail(failure: RenderFailure): void {
    this.#events?.onFailure(failure);
  }

  #requested({ requestId, type, frameId, loaderId }: CDPEvents["Network.requestWillBeSent"]): void {
    if (type !== "Document" || frameId !== this.#frameId || requestId !== loaderId) return;
    const isSecond = this.#requests.size > 0 && !this.#requests.has(requestId);
    // The page has no document yet that could request another, so the page before it in the tab did.
    if (isSecond && this.#documentCount === 0) {
      const message = "The page before this one in the same browser tab went elsewhere.";
      this.#fail(new RenderFailure("render_failed", message, { transient: true }));
    }
    this.#requests.set(requestId, { bytes: 0, isOver: false, errorText: undefined });
  }

  #ended(requestId: string, errorText: string | undefined): void {
    this.network.ended(requestId);
    const request = this.#requests.get(requestId);
    if (!request) return;
    request.isOver = true;
    // Chromium's error page ends later, under the same id.
    request.errorText ??= errorText;
  }

  #navigated(frame: CDPEvents["Page.frameNavigated"]["frame"]): void {
    if (frame.id !== this.#frameId) return;
    this.#documentCount += 1;
    this.#documentSince = Date.now();
    this.#isContentLoaded = false;
    this.#isLoaded = false;
    this.#url = frame.url;
    this.#refreshedBy = 0;
    this.#isErrorPage = frame.unreachableUrl !== undefined;
    this.#loaderId = frame.loaderId;
    for (const id of this.#requests.keys()) {
      if (id === frame.loaderId) break;
      this.#requests.delete(id);
    }
    const isArriving = this.#requests.get(frame.loaderId)?.isOver === false;
    this.network.startOver(isArriving ? frame.loaderId : undefined);
  }

  #scheduled({ frameId, reason, delay, url }: CDPEvents["Page.frameScheduledNavigation"]): void {
    if (frameId !== this.#frameId || !/Refresh$/.test(reason) || delay > MAX_REFRESH_S) return;
    // A page that refreshes itself is shown again and again.
    if (url !== this.#url) this.#refreshedBy = Date.now() + delay * 1000 + REFRESH_LATE_MS;
  }

  #hasParsed(): void {
    // Before the first document, these events are about what was in the tab before.
    if (this.#documentCount > 0) this.#isContentLoaded = true;
  }

  #hasLoaded(): void {
    this.#hasParsed();
    if (this.#documentCount > 0) this.#isLoaded = true;
  }
}
