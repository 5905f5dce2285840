import type { FailureCode } from "./failure-codes.ts";
import type { PageFacts } from "./report.ts";

/** Ends a rendering. The message is for clients. If `transient`, another attempt may succeed. */
export class RenderFailure extends Error {
  override name = "RenderFailure";
  readonly code: FailureCode;
  readonly transient: boolean;
  readonly facts: PageFacts;
  readonly retryAfterMs: number | undefined;

  constructor(
    code: FailureCode,
    message: string,
    options: { transient?: boolean; facts?: PageFacts; retryAfterMs?: number | undefined } = {},
  ) {
    super(message);
    this.code = code;
    this.transient = options.transient ?? false;
    this.facts = options.facts ?? {};
    this.retryAfterMs = options.retryAfterMs;
  }

  /** Whether the tab can be cleared and used for the next page: the server responded, but no page came of it. */
  get leavesTabFit(): boolean {
    return this.facts.httpStatus !== undefined && !harmsTab.has(this.code);
  }
}

/** After these failures the tab may be busy or gone. */
const harmsTab = new Set<FailureCode>(["timeout", "page_crashed", "page_too_large"]);
