/**
 * Decides on each answer that is about to become the tab's document, while one page is rendered.
 *
 * HTML goes on to the browser. The browser would show a file in a viewer, download it or ignore it, so its bytes are
 * taken here instead. Everything else is refused.
 */
import { Buffer } from "node:buffer";
import { memoryOfFile } from "../content/content-memory.ts";
import { encodingOf } from "../content/extract/text-encoding.ts";
import { RenderFailure } from "../protocol/render-failure.ts";
import type { PageFacts } from "../protocol/report.ts";
import type { CapturedPage } from "./capture.ts";
import { type DocumentAnswer, documentAnswer, isRedirect } from "./document-answer.ts";
import { DocumentBody } from "./document-body.ts";
import { type DocumentKind, documentKind } from "./document-type.ts";
import { statusFailure } from "./network-failure.ts";
import { pageTooLarge, type RemainingTime } from "./render-limits.ts";
import type { RenderedFile } from "./rendered-page.ts";
import type { PausedRequest } from "./request-interception.ts";
import { HEAD_BYTES, sniffedType } from "./sniff.ts";
import { isCommandTimeout, type TabSession } from "./tab-session.ts";
import { typeOfText } from "./text-type.ts";

/** As much of a text as a browser needs to detect its encoding. */
const SAMPLE_BYTES = 64 * 1024;

type Header = { name: string; value: string };

export interface DocumentRequestsOptions {
  /** The address that was to be rendered. */
  url: string;
  maxBytes: number;
  time: RemainingTime;
  /** Waits until there is room for this many bytes of the page. */
  reserveMemory(bytes: number): Promise<void>;
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
  #shownText: RenderedFile | undefined;
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

  /** A text in an encoding that nobody states. The tab shows the beginning, so that the browser detects its encoding. */
  get shownText(): RenderedFile | undefined {
    return this.#shownText;
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
    const kind = documentKind(answer);
    // A page that starts a download or sends a signal stays where it is, and is still that page.
    if (this.#answer && (kind === "unusable" || kind === "download" || answer.isAttachment)) {
      await this.#drop(paused);
      return;
    }
    const previous = this.#answer;
    this.#answer = answer;
    const refusal = this.#refusal(answer, kind);
    if (refusal) {
      this.#options.onFailure(refusal);
      await this.#drop(paused);
    } else if (kind === "page") {
      await this.#session.enableScripts();
      await this.#session.send("Fetch.continueRequest", { requestId });
    } else {
      await this.#take(paused, answer, previous);
    }
  }

  /** Takes the bytes of an answer that is not a page by its headers. */
  async #take(paused: PausedRequest, answer: DocumentAnswer, previous?: DocumentAnswer): Promise<void> {
    const { maxBytes, time, reserveMemory, onFile, onFailure } = this.#options;
    const bytes = await DocumentBody.take(this.#session, paused, {
      maxBytes,
      timeoutMs: time.forDocument(),
      reserve: () => reserveMemory(memoryOfFile(mostBytesOf(answer, maxBytes))),
    });
    const type = sniffedType(answer, await bytes.start(HEAD_BYTES));
    if (type === undefined) {
      this.#answer = previous ?? answer;
      if (!previous) onFailure(unsupported(answer, this.facts()));
      await this.#drop(paused);
      return;
    }
    const body = await bytes.whole();
    if (type === "text/html") {
      await this.#session.enableScripts();
      const { responseHeaders = [] } = paused;
      const kept = responseHeaders.filter(({ name }) => !/^content-(?!security)|^transfer-/i.test(name));
      await this.#show(paused, [...kept, contentType(type, answer.charset)], body);
      return;
    }
    const file = fileOf(answer, type, body, this.facts());
    if (file.mimeType === "application/pdf" || file.encoding !== undefined) {
      this.#file = file;
      onFile();
      await this.#drop(paused);
    } else {
      this.#shownText = file;
      const headers = [contentType("text/plain"), { name: "X-Content-Type-Options", value: "nosniff" }];
      await this.#show(paused, headers, sampleOf(body));
    }
  }

  /** Has the browser show a document in place of the answer that the body was taken from. */
  async #show(
    { requestId, responseStatusCode = 200 }: PausedRequest,
    responseHeaders: Header[],
    body: Uint8Array,
  ): Promise<void> {
    await this.#session.send("Fetch.fulfillRequest", {
      requestId,
      responseCode: responseStatusCode,
      responseHeaders,
      body: Buffer.from(body).toString("base64"),
    });
  }

  async #drop({ requestId }: PausedRequest): Promise<void> {
    await this.#session.send("Fetch.failRequest", { requestId, errorReason: "Aborted" });
  }

  /** Why an answer is of no use, as far as its status and headers tell. */
  #refusal(answer: DocumentAnswer, kind: DocumentKind): RenderFailure | undefined {
    const { status, length = 0, retryAfter } = answer;
    const { maxBytes } = this.#options;
    const facts = this.facts();
    if (status >= 400) return statusFailure(status, retryAfter, facts);
    if (hasNoContent(answer)) {
      return new RenderFailure("invalid_response", `The server answered ${status}: no content.`, { facts });
    }
    if (kind === "unusable") return unsupported(answer, facts);
    if (length > maxBytes) return pageTooLarge(`${length} bytes`, maxBytes, facts);
    return undefined;
  }
}

function mostBytesOf({ length, isCompressed }: DocumentAnswer, maxBytes: number): number {
  return isCompressed ? maxBytes : Math.min(length ?? maxBytes, maxBytes);
}

function fileOf(
  answer: DocumentAnswer,
  sniffed: string,
  body: Uint8Array,
  facts: PageFacts & { httpStatus: number },
): RenderedFile {
  if (sniffed === "application/pdf")
    return { kind: "file", mimeType: sniffed, encoding: undefined, body, ...facts };
  const mimeType = documentKind(answer) === "file" ? sniffed : typeOfText(answer, sniffed, body);
  const encoding = encodingOf({ mimeType, charset: answer.charset, body });
  return { kind: "file", mimeType, encoding, body, ...facts };
}

function contentType(type: string, charset?: string): Header {
  return { name: "Content-Type", value: charset === undefined ? type : `${type}; charset=${charset}` };
}

/** The part of a text that its encoding shows in: from the first line that is not ASCII. */
function sampleOf(body: Uint8Array): Uint8Array {
  const at = Math.max(
    0,
    body.findIndex((byte) => byte > 0x7f),
  );
  const lineStart = body.lastIndexOf(0x0a, at) + 1;
  return body.subarray(lineStart, at + SAMPLE_BYTES);
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
