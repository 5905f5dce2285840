/**
 * The consumer of the dead-letter queue. It gets tickets whose consumers died each time they took them. Nothing is lost
 * with such a ticket, since it names no page. But its tracker counts on it until its lease runs out, so it is given
 * back, and the tracker sends another.
 */
import type { RenderTicket } from "../protocol/ticket.ts";
import type { Env } from "../settings.ts";
import { log, messageOf } from "../text/log.ts";
import { batchTracker } from "./tracker.ts";

/** The tracker waits this many ms before it sends others: they may kill their consumers, too. */
const WAIT_MS = 5000;
/** Seconds until a ticket whose tracker could not be reached is delivered again. */
const RETRY_S = 30;

/** Gives dead tickets back to their trackers. Those whose tracker cannot be reached stay in the queue. Does not throw. */
export async function handBackDeadTickets(
  messages: readonly Message<RenderTicket>[],
  env: Env,
): Promise<void> {
  const batches = Map.groupBy(messages, ({ body }) => body.batch);
  await Promise.all(
    Array.from(batches, async ([id, dead]) => {
      const tickets = dead.map(({ body }) => ({ sentAt: body.sentAt, count: 1 }));
      const fields = { batch_id: id, count: dead.length };
      try {
        await batchTracker(env, id).giveBack(tickets, WAIT_MS);
        log("warn", "tickets.dead", fields);
      } catch (thrown) {
        log("error", "tickets.not_given_back", { ...fields, error: messageOf(thrown) });
        for (const message of dead) message.retry({ delaySeconds: RETRY_S });
      }
    }),
  );
}
