import type { Claim, RenderingId } from "./claim.ts";
import type { Report } from "./report.ts";

/** What a consumer tells a batch's tracker, and asks of it, in one call. */
export interface Exchange {
  /** Names the call: repeating it with the same id returns the same pages. */
  id: string;
  /** Names the consumer. */
  consumer: string;
  /** How renderings ended. */
  reports: Report[];
  /** Renderings that are still under way or about to begin: their leases are renewed. */
  renewals: RenderingId[];
  /** Pages for which a tab is waiting. */
  needed: number;
  /** Pages to have in stock beyond those. Fewer are handed out when few are left, so that no consumer hoards the last. */
  ahead: number;
}

/** What a consumer may call on a batch's tracker. */
export interface TrackerCalls {
  /**
   * Takes reports and hands out pages. Safe to repeat.
   *
   * @returns null if the batch has completed, or there is none
   */
  exchange(call: Exchange): Promise<Claim | null>;
}
