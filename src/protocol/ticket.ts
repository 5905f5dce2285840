/**
 * What travels through the queue: "this batch has a page to render". A ticket names no item. Which page to render is
 * the tracker's decision when the ticket arrives, so a ticket that is lost, doubled, late or out of order can neither
 * skip a page nor render one twice.
 */
export interface RenderTicket {
  /** The batch's id. */
  batch: string;
  /** Country whose browser the batch's pages want, ISO 3166-1 alpha-2 in upper case; null for any. */
  country: string | null;
  /** When the tracker sent it, epoch ms: how long tickets wait sets the tracker's window. */
  sentAt: number;
}
