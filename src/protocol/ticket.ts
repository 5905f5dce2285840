/**
 * A message in the queue: "this batch has a page to render". It names no item. The tracker decides which page to render
 * when the ticket arrives, so a ticket that is lost, duplicated, late or out of order can neither skip a page nor
 * render one twice.
 */
export interface RenderTicket {
  /** The batch's id. */
  batch: string;
  /** The country to render from, ISO 3166-1 alpha-2 in upper case; null for any. */
  country: string | null;
  /** When the tracker sent it, epoch ms. How long tickets wait sets the size of the tracker's window. */
  sentAt: number;
}

/** Tickets of one batch that were sent at the same time. */
export interface TicketGroup {
  /** Epoch ms. */
  sentAt: number;
  count: number;
}
