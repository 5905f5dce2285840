/**
 * One page's stay in a tab, from the request for its address until the tab leaves it. Holds all state that belongs to
 * that page and must not outlive it.
 */
import { contentMemory, MEMORY_WAIT_MS, type MemoryReservation } from "../content/content-memory.ts";
import type { RenderFailure } from "../protocol/render-failure.ts";
import { DocumentRequests } from "./document-requests.ts";
import { HistoryReset } from "./history-reset.ts";
import type { PageActivity } from "./page-activity.ts";
import { PageWatch } from "./page-watch.ts";
import { pageTooLarge, RemainingTime, type RenderLimits } from "./render-limits.ts";
import type { TabSession } from "./tab-session.ts";

export class PageVisit {
  readonly url: string;
  readonly limits: RenderLimits;
  readonly session: TabSession;
  readonly activity: PageActivity;
  readonly time: RemainingTime;
  readonly watch: PageWatch;
  readonly documents: DocumentRequests;
  /** The page had settled when it was captured. */
  hasSettled = false;
  readonly #history: HistoryReset;
  readonly #listeners: (() => void)[];
  #isComplex = false;
  #failure: RenderFailure | undefined;
  #memory: MemoryReservation | undefined;
  #isAbandoned = false;

  /** Follows what happens in the tab until `end()`. */
  constructor(session: TabSession, activity: PageActivity, url: string, limits: RenderLimits) {
    this.url = url;
    this.limits = limits;
    this.session = session;
    this.activity = activity;
    this.time = new RemainingTime(limits);
    const onFailure = (failure: RenderFailure) => this.fail(failure);
    this.watch = new PageWatch(session, {
      onDocumentBytes: (bytes) => this.#checkSize(bytes),
      onFailure,
    });
    this.documents = new DocumentRequests(session, {
      url,
      maxBytes: limits.maxBytes,
      time: this.time,
      reserveMemory: (bytes) => this.reserveMemory(bytes),
      onFailure,
      onFile: () => this.watch.wake(),
    });
    this.#history = new HistoryReset(session, this.watch);
    const isComplex = () => {
      this.#isComplex = true;
    };
    this.#listeners = [
      session.on("Page.frameAttached", isComplex),
      session.on("Page.documentOpened", isComplex),
    ];
  }

  /** Why the page cannot be rendered. */
  get failure(): RenderFailure | undefined {
    return this.#failure;
  }

  /** There is nothing left to wait for: rendering has failed, or the page is a file. */
  get isOver(): boolean {
    return this.#failure !== undefined || this.documents.file !== undefined;
  }

  /** The page has had frames, or has rewritten its document. Not all that it may still do is known then. */
  get isComplex(): boolean {
    return this.#isComplex;
  }

  /** The first failure counts. */
  fail(failure: RenderFailure): void {
    this.#failure ??= failure;
    this.watch.wake();
  }

  /**
   * Waits until there is room for `bytes` of this page. That time does not count, and the page's scripts stand still, so
   * that it is still the same page afterwards. What was reserved before is released.
   *
   * @throws TimeLimitError after MEMORY_WAIT_MS, or if the rendering has failed meanwhile
   */
  async reserveMemory(bytes: number): Promise<void> {
    this.#memory?.release();
    this.#memory = undefined;
    const isWanted = () => this.#failure === undefined && !this.#isAbandoned;
    if (!contentMemory.hasRoomFor(bytes)) await this.session.disableScripts();
    const reserving = contentMemory.reserve(bytes, { limitMs: MEMORY_WAIT_MS, isWanted });
    this.#memory = await this.time.stopWhile(reserving);
    if (this.#isAbandoned) this.#memory.release();
  }

  /** The memory reserved for this page. The caller has to release it. */
  get memory(): MemoryReservation | undefined {
    return this.#memory;
  }

  /** Nobody waits for the page any more. Releases its memory. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#memory?.release();
  }

  /** Resolves when `condition` holds, when the rendering is over, or after `ms`. */
  async until(condition: () => boolean, ms: number): Promise<void> {
    await this.watch.until(() => this.isOver || condition(), ms);
  }

  /** Resolves when `condition` holds, when the rendering is over, or when the document should have been there. */
  async untilDue(condition: () => boolean): Promise<void> {
    // While the page waits for memory, its time is put off.
    do await this.until(condition, this.time.forDocument());
    while (!this.isOver && !condition() && this.time.forDocument() > 1);
  }

  end(): void {
    this.documents.close();
    this.watch.stop();
    this.#history.stop();
    for (const unlisten of this.#listeners) unlisten();
  }

  #checkSize(bytes: number): void {
    const { maxBytes } = this.limits;
    if (bytes > maxBytes)
      this.fail(pageTooLarge(`more than ${maxBytes} bytes`, maxBytes, this.documents.facts()));
  }
}
