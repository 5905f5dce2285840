/** How an item ended, and how the ledger stores it until it is in D1. */
import type { FinishedStatus } from "../db/items.ts";
import type { FailureCode } from "../protocol/failure-codes.ts";
import type { Outcome, PageFacts } from "../protocol/report.ts";

export interface FinishedItem extends Omit<PageFacts, "ms"> {
  idx: number;
  /** Position in the order in which the batch's items finished, from 1. */
  seq: number;
  status: FinishedStatus;
  attempts: number;
  finishedAt: number;
  /** The rendering whose content counts; null if the item failed. */
  contentRendering: number | null;
  errorCode?: FailureCode;
  errorMessage?: string;
}

/** What ended an item: a rendering's content, or a failure. */
export type Ending =
  | (Outcome & { kind: "rendered" } & { rendering: number })
  | Pick<Outcome & { kind: "failed" }, "kind" | "code" | "message" | keyof PageFacts>;

/** The `result` column, as JSON. `contentAttempt` is the name under which `contentRendering` has always been stored. */
type StoredResult = Omit<FinishedItem, "idx" | "seq" | "status" | "attempts" | "contentRendering"> & {
  contentAttempt: number | null;
};

/** Longest text kept of what a page says about itself. A row too long for D1 would hold up the whole batch. */
const MAX_TEXT_CHARACTERS = 1000;
/** A longer URL is not kept. Chromium's own limit is two million characters. */
const MAX_URL_CHARACTERS = 16_384;

/** The result as stored. Texts from the page are cut, and made fit for SQLite and UTF-8. */
export function storedResult(ending: Ending, finishedAt: number): string {
  const { httpStatus, finalUrl = "", title, warnings } = ending;
  const isRendered = ending.kind === "rendered";
  const keepsUrl = finalUrl.length > 0 && finalUrl.length <= MAX_URL_CHARACTERS;
  const result: StoredResult = {
    httpStatus,
    finalUrl: keepsUrl ? storable(finalUrl) : undefined,
    // A title is content, which a failed page does not give away.
    title: isRendered && title !== undefined ? storable(title.slice(0, MAX_TEXT_CHARACTERS)) : undefined,
    warnings,
    finishedAt,
    contentAttempt: isRendered ? ending.rendering : null,
    errorCode: isRendered ? undefined : ending.code,
    errorMessage: isRendered ? undefined : storable(ending.message.slice(0, MAX_TEXT_CHARACTERS)),
  };
  return JSON.stringify(result);
}

/** A row of a finished item. */
export type FinishedRow = {
  idx: number;
  seq: number;
  attempts: number;
  completed: number;
  result: string;
};

export function finishedItem({ idx, seq, attempts, completed, result }: FinishedRow): FinishedItem {
  const { contentAttempt: contentRendering, ...facts } = JSON.parse(result) as StoredResult;
  return { idx, seq, attempts, status: completed ? "completed" : "failed", contentRendering, ...facts };
}

/** SQLite's JSON functions end a string at NUL, and UTF-8 has no form for half a surrogate pair. */
function storable(text: string): string {
  return text.replaceAll("\0", "\ufffd").toWellFormed();
}
