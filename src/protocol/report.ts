/**
 * What the tracker and a consumer say to each other about a page: the job, its assignments, and the report that ends
 * one. These types are all that render/ knows of batch/.
 */
import type { LinksOnPage } from "../db/schema.ts";

/** What all pages of a batch have in common. */
export interface RenderJob {
  batchId: string;
  accountId: string;
  /** ISO 3166-1 alpha-2 in upper case, or null for any. */
  country: string | null;
  linksOnPage: LinksOnPage | null;
  parser: { id: string; version: number } | null;
}

/** One rendering of one item. */
export interface Rendering {
  /** Place in the batch, from 0. */
  idx: number;
  /** Tells it from the item's other renderings: from 1, one more each time that the item is handed out. */
  attempt: number;
}

/** A rendering to make, handed out on a lease. */
export interface Assignment extends Rendering {
  url: string;
}

export interface Claim {
  job: RenderJob;
  assignments: Assignment[];
}

/** Stable codes of a failed item, as clients read them in `error.code`. */
export type FailureCode =
  | "blocked_address"
  | "cancelled"
  | "connection_failed"
  | "connection_reset"
  | "deadline_exceeded"
  | "dns_error"
  | "http_error"
  | "invalid_response"
  | "page_crashed"
  | "page_too_large"
  | "parser_output_missing"
  | "parser_failed"
  | "render_failed"
  | "render_lost"
  | "timeout"
  | "tls_error"
  | "too_many_redirects"
  | "unsupported_content_type";

/** What is known of the page's answer, however the rendering ended. */
export interface PageFacts {
  httpStatus?: number;
  /** Only when it differs from the item's URL. */
  finalUrl?: string;
  title?: string;
  /** From when a tab took the page until its content was taken, or it had failed, in ms. */
  ms?: number;
}

export type Outcome =
  /** The content is in R2, under the key of this attempt. */
  | ({ kind: "rendered" } & PageFacts)
  /** `transient` failures are tried again while attempts are left, after `retryAfterMs` at least. */
  | ({
      kind: "failed";
      code: FailureCode;
      message: string;
      transient: boolean;
      retryAfterMs?: number;
    } & PageFacts)
  /** The rendering never began, for want of a browser: it does not count as an attempt. */
  | { kind: "released"; retryAfterMs: number };

export interface Report extends Rendering {
  outcome: Outcome;
}
