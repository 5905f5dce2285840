import type { Claim, RenderingId } from "./claim.ts";
import type { Report } from "./report.ts";
import type { TicketGroup } from "./ticket.ts";

/** What a consumer may call on a batch's tracker. Each call is safe to repeat. */
export interface TrackerCalls {
  /**
   * Asks for pages to render, for tickets that have arrived.
   *
   * @param limit the most assignments to hand out
   * @param id names the call: repeating it with the same id returns the same assignments
   * @returns null if the batch has nothing left to render, now or later
   */
  claim(tickets: TicketGroup[], limit: number, id: string): Promise<Claim | null>;
  /** Tells how renderings ended. */
  report(reports: Report[]): Promise<void>;
  /** Renews the leases of renderings that are still under way. */
  stillRendering(renderings: RenderingId[]): Promise<void>;
  /**
   * Returns tickets that will not be used.
   *
   * @param waitMs if there was no browser for them: how long until there may be one, else 0
   */
  giveBack(tickets: TicketGroup[], waitMs: number): Promise<void>;
}
