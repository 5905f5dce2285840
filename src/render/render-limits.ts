/** The limits of one rendering: what is left of its time, and the failures for a page that exceeds them. */
import { RenderFailure } from "../protocol/render-failure.ts";
import type { PageFacts } from "../protocol/report.ts";

export interface RenderLimits {
  /** ms until the document has been parsed */
  navigationTimeout: number;
  /** ms from then until the page has settled */
  settleTimeout: number;
  /** ms without activity that count as quiet */
  settleQuiet: number;
  /** ms in all */
  pageTimeout: number;
  /** Of the document as it is sent, and of the HTML that is captured. */
  maxBytes: number;
}

/** Capturing the page gets at least this many ms, however long it took to get there. */
const CAPTURE_MS = 3000;

/** A rendering that exceeds its own time limit by this many ms is abandoned. */
const GRACE_MS = 2000;

/** What is left of a rendering's time, which starts when this is made. All times are epoch ms of its own clock. */
export class RemainingTime {
  readonly #limits: RenderLimits;
  readonly #startedAt = Date.now();
  readonly #endsAt: number;
  readonly #documentDueAt: number;
  /** When the clock was stopped, epoch ms. */
  #stoppedAt: number | undefined;
  /** ms for which the clock was stopped before. */
  #stoppedMs = 0;

  constructor(limits: RenderLimits) {
    this.#limits = limits;
    this.#endsAt = this.#startedAt + limits.pageTimeout;
    this.#documentDueAt = Math.min(this.#startedAt + limits.navigationTimeout, this.#endsAt - CAPTURE_MS);
  }

  get #now(): number {
    return (this.#stoppedAt ?? Date.now()) - this.#stoppedMs;
  }

  /** Stops the clock until `waiting` has settled: the page is not to blame for that time. */
  async stopWhile<T>(waiting: Promise<T>): Promise<T> {
    if (this.#stoppedAt !== undefined) return waiting;
    const stoppedAt = Date.now();
    this.#stoppedAt = stoppedAt;
    try {
      return await waiting;
    } finally {
      this.#stoppedMs += Date.now() - stoppedAt;
      this.#stoppedAt = undefined;
    }
  }

  get isUp(): boolean {
    return this.#now >= this.#endsAt;
  }

  /** ms until the rendering hangs for certain. */
  untilAbandoned(): number {
    return this.#endsAt + GRACE_MS - this.#now;
  }

  /** ms left for the document to arrive and be parsed; at least 1. */
  forDocument(): number {
    return Math.max(1, this.#documentDueAt - this.#now);
  }

  /** ms left for the page to settle; may be negative. */
  forSettling(): number {
    return Math.min(this.#limits.settleTimeout, this.#endsAt - CAPTURE_MS - this.#now);
  }

  /** ms for capturing the page. A page that waits for something answers at once; one in an endless loop never does. */
  forCapture(isParsed: boolean): number {
    return isParsed ? Math.max(CAPTURE_MS, this.#endsAt - this.#now) : CAPTURE_MS;
  }

  /** The failure for a page that `what` until now, such as "did not load". */
  timeout(what: string, facts: PageFacts): RenderFailure {
    const seconds = Math.round((this.#now - this.#startedAt) / 100) / 10;
    return new RenderFailure("timeout", `The page ${what} within ${seconds} s.`, { transient: true, facts });
  }
}

/** @param size with its unit */
export function pageTooLarge(size: string, maxBytes: number, facts: PageFacts = {}): RenderFailure {
  const message = `The page is ${size} long; at most ${maxBytes} are rendered.`;
  return new RenderFailure("page_too_large", message, { facts });
}
