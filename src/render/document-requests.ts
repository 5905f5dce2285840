/**
 * Decides on each answer that is about to become the tab's document, while one page is rendered.
 *
 * HTML goes on to the browser. The browser would show a file in a viewer, download it or ignore it, so its bytes are
 * taken here instead. Everything else is refused.
 */
import { RenderFailure } from "../protocol/render-failure.ts";
import type { PageFacts } from "../protocol/report.ts";
import type { CapturedPage } from "./capture.ts";
import {
  type DocumentAnswer,
  documentAnswer,
  isFile,
  isPage,
  isRedirect,
  takeBody,
} from "./document-answer.ts";
import { statusFailure } from "./network-failure.ts";
import { pageTooLarge, type RemainingTime } from "./render-limits.ts";
import type { RenderedFile } from "./rendered-page.ts";
import type { PausedRequest } from "./request-interception.ts";
import { isCommandTimeout, type TabSession } from "./tab-session.ts";

export interface DocumentRequestsOptions {
  /** The address that was to be rendered. */
  url: string;
  maxBytes: number;
  time: RemainingTime;
  /** The page cannot be rendered any more. */
  onFailure(failure: RenderFailure): void;
  /** The page is a file. */
  onFile(): void;
}

export class DocumentRequests {
  readonly #session: TabSession;
  readonly #options: DocumentRequestsOptions;
  #answer: DocumentAnswer | undefined;
  #file: RenderedFile | undefined;
  #blockedUrl: string | undefined;
  #isOpen = true;

  constructor(session: TabSession, options: DocumentRequestsOptions) {
    this.#session = session;
    this.#options = options;
  }

  /** Whether there may still be another document. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The file that the page turned out to be. */
  get file(): RenderedFile | undefined {
    return this.#file;
  }

  /** Where the page was about to go when it was stopped because the address is not public. */
  get blockedUrl(): string | undefined {
    return this.#blockedUrl;
  }

  noteBlocked(url: string): void {
    this.#blockedUrl ??= url;
  }

  /** The page has been rendered: it goes nowhere from now on. */
  close(): void {
    this.#isOpen = false;
  }

  /** Does not throw. */
  async decide(paused: PausedRequest): Promise<void> {
    try {
      await this.#consider(paused);
    } catch (thrown) {
      if (thrown instanceof RenderFailure) this.#options.onFailure(thrown);
      else if (isCommandTimeout(thrown)) this.#options.onFailure(this.timeout("did not become a document"));
      // Anything else is about a request that the page has given up meanwhile.
    }
  }

  /** What the server has answered for the document in the tab, or the one about to be, and what was captured of it. */
  facts(page?: CapturedPage): PageFacts & { httpStatus: number } {
    const { url } = this.#options;
    const finalUrl = page?.url ?? this.#answer?.url ?? url;
    return {
      httpStatus: this.#answer?.status ?? 0,
      ...(isSameAddress(finalUrl, url) ? {} : { finalUrl }),
      ...(page?.title ? { title: page.title } : {}),
    };
  }

  /** As `facts()`, but empty if the server has not answered. */
  answerFacts(): PageFacts {
    return this.#answer ? this.facts() : {};
  }

  /** The failure for a page that `what` until now, such as "did not load". */
  timeout(what: string): RenderFailure {
    return this.#options.time.timeout(what, this.answerFacts());
  }

  async #consider(paused: PausedRequest): Promise<void> {
    const { requestId } = paused;
    if (paused.responseErrorReason !== undefined || isRedirect(paused)) {
      await this.#session.send("Fetch.continueRequest", { requestId });
      return;
    }
    const answer = documentAnswer(paused);
    const isUsable = !hasNoContent(answer) && (isPage(answer) || isFile(answer));
    // A page that starts a download or sends a signal stays where it is, and is still that page.
    if (this.#answer && (!isUsable || answer.isAttachment)) {
      await this.#drop(paused);
      return;
    }
    this.#answer = answer;
    const refusal = this.#refusal(answer, isUsable);
    if (refusal) {
      this.#options.onFailure(refusal);
      await this.#drop(paused);
    } else if (isPage(answer)) {
      await this.#session.enableScripts();
      await this.#session.send("Fetch.continueRequest", { requestId });
    } else {
      await this.#take(paused, answer);
    }
  }

  async #take(paused: PausedRequest, { mimeType, charset }: DocumentAnswer): Promise<void> {
    const { maxBytes, time, onFile } = this.#options;
    const body = await takeBody(this.#session, paused, maxBytes, time.forDocument());
    this.#file = { kind: "file", mimeType, charset, body, ...this.facts() };
    onFile();
    await this.#drop(paused);
  }

  async #drop({ requestId }: PausedRequest): Promise<void> {
    await this.#session.send("Fetch.failRequest", { requestId, errorReason: "Aborted" });
  }

  /** Why an answer is of no use, as far as its status and headers tell. */
  #refusal(answer: DocumentAnswer, isUsable: boolean): RenderFailure | undefined {
    const { status, length = 0, retryAfter } = answer;
    const { maxBytes } = this.#options;
    const facts = this.facts();
    if (status >= 400) return statusFailure(status, retryAfter, facts);
    if (hasNoContent(answer)) {
      return new RenderFailure("invalid_response", `The server answered ${status}: no content.`, { facts });
    }
    if (!isUsable) return unsupported(answer, facts);
    if (length > maxBytes) return pageTooLarge(`${length} bytes`, maxBytes, facts);
    return undefined;
  }
}

function hasNoContent({ status }: DocumentAnswer): boolean {
  return status === 204 || status === 205;
}

function unsupported({ mimeType, isAttachment }: DocumentAnswer, facts: PageFacts): RenderFailure {
  const attachment = isAttachment ? ", as a download" : "";
  const message = `The server sent ${mimeType || "content without a type"}${attachment}, which cannot be rendered.`;
  return new RenderFailure("unsupported_content_type", message, { facts });
}

function isSameAddress(one: string, other: string): boolean {
  return URL.canParse(one) && URL.canParse(other) && new URL(one).href === new URL(other).href;
}
