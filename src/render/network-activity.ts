/** Which requests of a page are under way, and since when there are none. */
import type { CDPEvents } from "@cloudflare/puppeteer";

/** Types of requests that may stay open forever. The page does not wait for them. */
const endlessTypes = new Set([
  "EventSource",
  "WebSocket",
  "Ping",
  "Prefetch",
  "Media",
  "Preflight",
  "CSPViolationReport",
]);

/** An answer that takes this many ms is slow. Those of a poll are not. */
const SLOW_MS = 500;
/** ms without more data after which an answer to fetch() that had begun to arrive is no longer waited for. */
const UNREAD_MS = 1000;

export class NetworkActivity {
  readonly #onGivenUp: () => void;
  /** Requests under way → when they were sent, epoch ms. */
  readonly #open = new Map<string, number>();
  /** Requests by fetch() that have been answered → the timer that gives them up; none before the body has begun. */
  readonly #fetches = new Map<string, ReturnType<typeof setTimeout> | undefined>();
  /** Those of them that have been given up. */
  readonly #unread = new Set<string>();
  #quietSince = Date.now();
  #slowAnswerAt = 0;

  /** `onGivenUp` is called when an answer is no longer waited for. */
  constructor(onGivenUp: () => void) {
    this.#onGivenUp = onGivenUp;
  }

  /** Since when no request has been under way, epoch ms; null while one is. */
  get quietSince(): number | null {
    return this.#open.size > 0 ? null : this.#quietSince;
  }

  /** Nothing is under way or left unread that the page could go on with when it arrives. */
  get isIdle(): boolean {
    return this.#open.size === 0 && this.#unread.size === 0;
  }

  /** How long the oldest request has been under way, in ms. */
  get longestWait(): number {
    const oldest = this.#open.values().next();
    return oldest.done ? 0 : Date.now() - oldest.value;
  }

  /** When the last slow answer ended, epoch ms; 0 if none has. */
  get slowAnswerAt(): number {
    return this.#slowAnswerAt;
  }

  sent({
    requestId,
    type,
    request,
    loaderId,
    redirectResponse,
  }: CDPEvents["Network.requestWillBeSent"]): void {
    if (redirectResponse) this.#quietSince = Date.now();
    // data: and blob: URLs are there already, and Chromium does not always say that they have ended. The same goes for
    // a worker's own script, which has no loader.
    const isEndless = endlessTypes.has(type ?? "") || /^(?:data|blob):/.test(request.url) || loaderId === "";
    if (!isEndless) this.#open.set(requestId, Date.now());
  }

  answered({ requestId, type }: CDPEvents["Network.responseReceived"]): void {
    if (type === "Fetch" && this.#open.has(requestId)) this.#fetches.set(requestId, undefined);
  }

  received(requestId: string): void {
    if (this.#fetches.has(requestId)) this.#awaitMoreOf(requestId);
  }

  ended(requestId: string): void {
    clearTimeout(this.#fetches.get(requestId));
    this.#fetches.delete(requestId);
    this.#unread.delete(requestId);
    this.#close(requestId);
  }

  /** Forgets all requests, as a new document has come. `pending` is its own request if it is still under way. */
  startOver(pending: string | undefined): void {
    this.#open.clear();
    this.stop();
    if (pending !== undefined) this.#open.set(pending, Date.now());
    this.#quietSince = Date.now();
    this.#slowAnswerAt = 0;
  }

  stop(): void {
    for (const timer of this.#fetches.values()) clearTimeout(timer);
    this.#fetches.clear();
    this.#unread.clear();
  }

  /** Chromium never says that an answer has ended if nobody reads its body. */
  #awaitMoreOf(requestId: string): void {
    clearTimeout(this.#fetches.get(requestId));
    if (this.#unread.delete(requestId)) this.#open.set(requestId, Date.now());
    const giveUp = () => {
      this.#close(requestId);
      this.#unread.add(requestId);
      this.#onGivenUp();
    };
    this.#fetches.set(requestId, setTimeout(giveUp, UNREAD_MS));
  }

  #close(requestId: string): void {
    const sentAt = this.#open.get(requestId);
    if (sentAt === undefined) return;
    this.#open.delete(requestId);
    const now = Date.now();
    if (now - sentAt >= SLOW_MS) this.#slowAnswerAt = now;
    if (this.#open.size === 0) this.#quietSince = now;
  }
}
