/**
 * One page's stay in a tab, from the request for its address until the tab leaves it. Holds all state that belongs to
 * that page and must not outlive it.
 */
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

  /** Resolves when `condition` holds, when the rendering is over, or after `ms`. */
  async until(condition: () => boolean, ms: number): Promise<void> {
    await this.watch.until(() => this.isOver || condition(), ms);
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
