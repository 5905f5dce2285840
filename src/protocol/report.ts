/** What a consumer tells a tracker when a rendering has ended. */
import type { RenderingId } from "./claim.ts";
import type { FailureCode } from "./failure-codes.ts";
import type { WarningCode } from "./warning-codes.ts";

/** What is known of the server's response, however the rendering ended. */
export interface PageFacts {
  httpStatus?: number;
  /** Absent if it is the item's URL. */
  finalUrl?: string;
  title?: string;
  /** Absent if there are none. */
  warnings?: WarningCode[];
  /** From the moment a tab took the page until its content was captured, or the page had failed, in ms. */
  ms?: number;
}

export type Outcome =
  /** The content is in R2, under the key of this rendering. */
  | ({ kind: "rendered" } & PageFacts)
  /** If `transient`, the item is tried again while it has attempts left, after `retryAfterMs` at the earliest. */
  | ({
      kind: "failed";
      code: FailureCode;
      message: string;
      transient: boolean;
      retryAfterMs?: number;
    } & PageFacts)
  /** The rendering never began, for want of a browser. It does not count as an attempt. */
  | { kind: "released"; retryAfterMs: number };

export interface Report extends RenderingId {
  outcome: Outcome;
}
