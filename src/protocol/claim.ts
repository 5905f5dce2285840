/** What a consumer gets when it asks a tracker for work. */
import type { LinksOnPage } from "../db/json-columns.ts";
import type { PagesLeft } from "./work.ts";

/** What all pages of a batch have in common. */
export interface RenderJob {
  batchId: string;
  accountId: string;
  /** ISO 3166-1 alpha-2 in upper case, or null for any. */
  country: string | null;
  linksOnPage: LinksOnPage | null;
  parser: { id: string; version: number } | null;
}

/** Identifies one rendering of one item. */
export interface RenderingId {
  /** The item's position in the batch, from 0. */
  idx: number;
  /**
   * The rendering's number: from 1, one more each time the item is handed out. Not the item's count of attempts: a
   * rendering that never began, for want of a browser, has a number but is not an attempt.
   */
  rendering: number;
}

/** A page to render, handed out on a lease. */
export interface Assignment extends RenderingId {
  url: string;
}

export interface Claim {
  job: RenderJob;
  assignments: Assignment[];
  /** After these assignments. */
  left: PagesLeft;
}
