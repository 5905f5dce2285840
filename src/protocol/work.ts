/** What the browser pool knows of the batches that have pages to render. */

/** How many pages of a batch there are to render. */
export interface PagesLeft {
  /** Pages that a consumer could have now. */
  waiting: number;
  /** Pages that consumers have. */
  rendering: number;
}

/** A batch that has pages, with what decides whose turn it is. */
export interface BatchWork {
  batchId: string;
  accountId: string;
}

/** What a batch's tracker announces to the pool. */
export interface Announcement extends BatchWork, PagesLeft {
  /** Where its pages are to be rendered, ISO 3166-1 alpha-2 in upper case; null for any country. */
  country: string | null;
}

/** What a consumer has learned from a batch's tracker since it last called the pool. */
export interface BatchNews extends PagesLeft {
  batchId: string;
}
