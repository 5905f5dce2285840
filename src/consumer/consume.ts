/**
 * The queue's consumer. Taking a ticket uses it up, even if no page is rendered. The pool sends new tickets for the pages
 * that are left.
 */
import type { RenderTicket } from "../protocol/ticket.ts";
import type { TrackerCalls } from "../protocol/tracker-calls.ts";
import type { Env } from "../settings.ts";
import { ConsumerRun } from "./consumer-run.ts";
import { beCounted } from "./count-consumers.ts";

/**
 * Consumes tickets, one after another. `wrangler.toml` has one delivered at a time. Does not throw.
 *
 * @param trackerOf returns a batch's tracker
 */
export async function consumeTickets(
  tickets: readonly RenderTicket[],
  env: Env,
  trackerOf: (batchId: string) => TrackerCalls,
): Promise<void> {
  for (const { country, sentAt, probe } of tickets) {
    if (probe) await beCounted(env, probe);
    else await new ConsumerRun(env, country, trackerOf).run(sentAt);
  }
}
