/**
 * Renders one page in a tab: goes there, waits until it has settled, and takes what it shows.
 */

import { RenderFailure } from "../protocol/render-failure.ts";
import type { PageFacts } from "../protocol/report.ts";
import { type CapturedPage, capture } from "./capture.ts";
import {
  type DocumentAnswer,
  documentAnswer,
  isFile,
  isPage,
  isRedirect,
  takeBody,
  tooLarge,
} from "./document-answer.ts";
import { networkFailure, statusFailure } from "./network-failure.ts";
import type { PageWatch } from "./page-watch.ts";
import { settle } from "./settle.ts";
import type { PausedAnswer, Tab } from "./tab.ts";

export interface RenderLimits {
  /** ms until the document has been parsed */
  navigationTimeout: number;
  /** ms from then until it has settled */
  settleTimeout: number;
  /** ms without activity that count as quiet */
  settleQuiet: number;
  /** ms in all */
  pageTimeout: number;
  /** bytes */
  maxBytes: number;
}

export type RenderedPage = PageFacts & { httpStatus: number } & (
    | { kind: "html"; page: CapturedPage }
    /** Not HTML, but something that can be kept: the answer's bytes, its type in lower case, and what it says of its encoding. */
    | { kind: "file"; mimeType: string; charset: string | undefined; body: Uint8Array }
  );

/** Taking the page out of the tab is given so many ms at least, however long it took to get there. */
const CAPTURE_MS = 3000;
/** A page that has gone on from so many settled documents goes round in circles, and is held where it is. */
const ROUNDS = 2;
/** A document that could not be captured since it was going has gone within so many ms. */
const GOING_MS = 500;
/** A document that is younger than so many ms when its time is up waits for nothing: the page goes round in circles. */
const STUCK_MS = 1000;

/**
 * The page at `url`, after its JavaScript ran.
 *
 * @throws RenderFailure that says why there is none, and whether another attempt may help
 */
export async function renderPage(tab: Tab, url: string, limits: RenderLimits): Promise<RenderedPage> {
  const rendering = new PageRendering(tab, url, limits);
  try {
    return await rendering.run();
  } finally {
    rendering.stop();
  }
}

class PageRendering {
  readonly #tab: Tab;
  readonly #url: string;
  readonly #limits: RenderLimits;
  readonly #watch: PageWatch;
  readonly #endsAt: number;
  readonly #navigatedBy: number;
  /** What the document in the tab, or the one about to be, was answered with. */
  #answer: DocumentAnswer | undefined;
  #file: RenderedPage | undefined;

  constructor(tab: Tab, url: string, limits: RenderLimits) {
    this.#tab = tab;
    this.#url = url;
    this.#limits = limits;
    this.#endsAt = Date.now() + limits.pageTimeout;
    this.#navigatedBy = Math.min(Date.now() + limits.navigationTimeout, this.#endsAt - CAPTURE_MS);
    this.#watch = tab.watch((bytes) => {
      if (bytes > limits.maxBytes) this.#tooLarge(`more than ${limits.maxBytes} bytes`);
    });
    tab.onAnswer = (paused) => this.#decide(paused);
    tab.onLost = () => {
      const message = "The browser or its tab was lost while the page was being rendered.";
      this.#watch.fail(new RenderFailure("page_crashed", message, { transient: true }));
    };
  }

  async run(): Promise<RenderedPage> {
    await this.#navigate();
    for (let gone = 0; ; gone += 1) {
      const isSettled = this.#watch.isContentLoaded && (await this.#settle());
      this.#checkDocument();
      if (this.#file) return this.#file;
      const { documents } = this.#watch;
      try {
        if (gone >= ROUNDS && this.#watch.isContentLoaded) await this.#tab.send("Page.stopLoading");
        const page = await capture(this.#tab, this.#captureLimit(), this.#limits.maxBytes);
        this.#tab.isSettled = isSettled;
        return this.#captured(page);
      } catch (thrown) {
        this.#checkDocument();
        if (this.#file) return this.#file;
        if (isTimeout(thrown)) throw this.#timeout("did not let itself be read");
        if (thrown instanceof RenderFailure || !(await this.#isGoneFrom(documents))) throw thrown;
        // It has gone on to another document, which is captured instead.
        if (Date.now() >= this.#endsAt) throw this.#timeout("went on from one document to the next");
      }
    }
  }

  /** Whether the document, the `documents`th, has gone: the browser may say so a moment after it shows. */
  #isGoneFrom(documents: number): Promise<boolean> {
    return this.#watch.until(() => this.#watch.documents !== documents, GOING_MS);
  }

  async #settle(): Promise<boolean> {
    const { settleQuiet: quiet, settleTimeout } = this.#limits;
    const timeout = Math.min(settleTimeout, this.#endsAt - CAPTURE_MS - Date.now());
    return await settle(this.#tab, this.#watch, { quiet, timeout });
  }

  stop(): void {
    this.#tab.onAnswer = undefined;
    this.#tab.onLost = undefined;
  }

  /** Goes to the page and waits until its document has been parsed. */
  async #navigate(): Promise<void> {
    const watch = this.#watch;
    let answered: { errorText?: string } | undefined;
    let thrown: unknown;
    this.#tab
      .send("Page.navigate", { url: this.#url }, { timeout: this.#left() })
      .then(
        (answer) => {
          answered = answer;
        },
        (failure) => {
          thrown = failure;
        },
      )
      .finally(() => watch.wake());
    await watch.until(() => watch.isOver || answered !== undefined || thrown !== undefined, this.#left());
    if (watch.failure) throw watch.failure;
    if (this.#file) return;
    if (answered?.errorText) throw this.#failedNavigation(answered.errorText);
    if (thrown !== undefined && !isTimeout(thrown)) throw thrown;
    await watch.until(() => watch.isOver || watch.isContentLoaded || this.#isBrokenOff(), this.#left());
    if (watch.failure) throw watch.failure;
    if (this.#file || watch.isContentLoaded) return;
    if (this.#isBrokenOff()) {
      // A browser shows what has come, and for some servers' answers that is all there is.
      const { errorText = "" } = watch;
      if (/CONTENT_LENGTH_MISMATCH|INCOMPLETE_CHUNKED/.test(errorText)) return;
      throw networkFailure(errorText, this.#facts());
    }
    // It waits for a script or a style that does not come. What it shows until then is there to be seen.
    const isStuck = watch.isDocumentOver && Date.now() - watch.documentSince >= STUCK_MS;
    if (!isStuck) throw this.#timeout("did not load");
  }

  /** The connection ended before the document did. */
  #isBrokenOff(): boolean {
    return this.#watch.errorText !== undefined && !this.#watch.isErrorPage;
  }

  /** What becomes of an answer that is to be the tab's document. Does not throw. */
  async #decide(paused: PausedAnswer): Promise<void> {
    try {
      await this.#consider(paused);
    } catch (thrown) {
      if (thrown instanceof RenderFailure) this.#watch.fail(thrown);
      else if (isTimeout(thrown)) this.#watch.fail(this.#timeout("did not become a document"));
      // All else that goes wrong comes of a request that the page has given up meanwhile.
    }
  }

  async #consider(paused: PausedAnswer): Promise<void> {
    const { requestId } = paused;
    const drop = () => this.#tab.send("Fetch.failRequest", { requestId, errorReason: "Aborted" });
    if (paused.responseErrorReason !== undefined || isRedirect(paused)) {
      await this.#tab.send("Fetch.continueRequest", { requestId });
      return;
    }
    const answer = documentAnswer(paused);
    const isNothing = answer.status === 204 || answer.status === 205;
    const canBeHad = !isNothing && (isPage(answer) || isFile(answer));
    // A page that stays where it is, and starts a download or sends a signal, is still that page.
    if (this.#answer && (!canBeHad || answer.isAttachment)) {
      await drop();
      return;
    }
    this.#answer = answer;
    const refusal = this.#refusal(answer, { isNothing, canBeHad });
    if (refusal) {
      this.#watch.fail(refusal);
      await drop();
    } else if (isPage(answer)) {
      await this.#tab.show(paused);
    } else {
      const { mimeType, charset } = answer;
      const body = await takeBody(this.#tab, paused, this.#limits.maxBytes, this.#left());
      this.#file = { kind: "file", mimeType, charset, body, ...this.#facts() };
      this.#watch.end();
      await drop();
    }
  }

  /** Why an answer can be told by its head to be of no use. */
  #refusal(
    answer: DocumentAnswer,
    { isNothing, canBeHad }: { isNothing: boolean; canBeHad: boolean },
  ): RenderFailure | undefined {
    const { status, length = 0 } = answer;
    const facts = this.#facts();
    if (status >= 400) return statusFailure(status, answer.retryAfter, facts);
    if (isNothing) {
      return new RenderFailure("invalid_response", `The server answered ${status}: no content.`, { facts });
    }
    if (!canBeHad) return unsupported(answer, facts);
    if (length > this.#limits.maxBytes) return tooLarge(`${length} bytes`, this.#limits.maxBytes, facts);
    return undefined;
  }

  #failedNavigation(errorText: string): RenderFailure {
    if (this.#tab.blockedUrl && errorText.includes("BLOCKED_BY_CLIENT")) {
      const message = `The page leads to ${this.#tab.blockedUrl}, which is not a public address.`;
      return new RenderFailure("blocked_address", message);
    }
    return networkFailure(errorText, this.#answer ? this.#facts() : {});
  }

  /** @throws RenderFailure if what is in the tab is not the page */
  #checkDocument(): void {
    const { failure, isErrorPage, errorText } = this.#watch;
    if (failure) throw failure;
    if (isErrorPage) throw this.#failedNavigation(errorText ?? "net::ERR_FAILED");
  }

  #captured(page: CapturedPage): RenderedPage {
    const facts = this.#facts(page);
    if (page.url === "about:blank") {
      const message = "The page has left for a blank one.";
      throw new RenderFailure("render_failed", message, { transient: true });
    }
    const bytes = new TextEncoder().encode(page.html).byteLength;
    if (bytes > this.#limits.maxBytes) throw tooLarge(`${bytes} bytes`, this.#limits.maxBytes, facts);
    return { kind: "html", page, ...facts };
  }

  #facts(page?: CapturedPage): PageFacts & { httpStatus: number } {
    const finalUrl = page?.url ?? this.#answer?.url ?? this.#url;
    return {
      httpStatus: this.#answer?.status ?? 0,
      ...(sameAddress(finalUrl, this.#url) ? {} : { finalUrl }),
      ...(page?.title ? { title: page.title } : {}),
    };
  }

  /** ms. A page that waits for something answers at once, one that is busy without end never. */
  #captureLimit(): number {
    const left = this.#endsAt - Date.now();
    return this.#watch.isContentLoaded ? Math.max(CAPTURE_MS, left) : CAPTURE_MS;
  }

  #timeout(what: string): RenderFailure {
    const limit = `${Math.round((Date.now() - this.#endsAt + this.#limits.pageTimeout) / 100) / 10} s`;
    const facts = this.#answer ? this.#facts() : {};
    return new RenderFailure("timeout", `The page ${what} within ${limit}.`, { transient: true, facts });
  }

  #tooLarge(size: string): void {
    this.#watch.fail(tooLarge(size, this.#limits.maxBytes, this.#facts()));
  }

  /** ms left for the document to come. */
  #left(): number {
    return Math.max(1, this.#navigatedBy - Date.now());
  }
}

/** Puppeteer tells a command that took too long from others by its message alone. */
function isTimeout(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.message.includes("timed out");
}

function unsupported({ mimeType, isAttachment }: DocumentAnswer, facts: PageFacts): RenderFailure {
  const attachment = isAttachment ? ", as a download" : "";
  const message = `The server sent ${mimeType || "content of no stated type"}${attachment}, which cannot be rendered.`;
  return new RenderFailure("unsupported_content_type", message, { facts });
}

function sameAddress(one: string, other: string): boolean {
  return URL.canParse(one) && URL.canParse(other) && new URL(one).href === new URL(other).href;
}
