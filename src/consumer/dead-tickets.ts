/**
 * The consumer of the dead-letter queue. It gets tickets whose consumers died each time they took them. Nothing is lost
 * with such a ticket: the pool sends another once its lease has run out.
 */
import type { RenderTicket } from "../protocol/ticket.ts";
import { log } from "../text/log.ts";

/** Tells the operator. */
export function noteDeadTickets(tickets: readonly RenderTicket[]): void {
  for (const [country, dead] of Map.groupBy(tickets, (ticket) => ticket.country)) {
    log("error", "tickets.dead", { country, count: dead.length });
  }
}
