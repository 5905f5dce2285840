/**
 * The consumer of the dead-letter queue. What ends there are tickets whose consumers died each time that they had them
 * in hand. Nothing is lost with a ticket, since it names no page; but its tracker counts on it until its lease runs
 * out. So the tracker is told, and sends another.
 */

import { withinTime } from "../io/time-limit.ts";
import type { RenderTicket } from "../protocol/ticket.ts";
import { type Env, settings } from "../settings.ts";
import { log, messageOf } from "../text/log.ts";
import { batchTracker } from "./tracker.ts";

/** What killed consumers may go on doing so: the tracker waits this many ms before it sends others. */
const WAIT_MS = 5000;
/** A tracker that cannot be told is told again after this many seconds. */
const RETRY_S = 30;

/** Hands dead tickets back to their trackers. Those whose tracker cannot be told stay in the queue. Does not throw. */
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
        const telling = batchTracker(env, id).giveBack(tickets, WAIT_MS);
        await withinTime(settings(env).IO_TIMEOUT_MS, "The tracker", telling);
        log("warn", "tickets.dead", fields);
      } catch (thrown) {
        log("error", "tickets.not_given_back", { ...fields, error: messageOf(thrown) });
        for (const message of dead) message.retry({ delaySeconds: RETRY_S });
      }
    }),
  );
}
