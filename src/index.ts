/** The Worker's entry: three handlers and three Durable Objects. */
import { env as deployment } from "cloudflare:workers";
import { app } from "./api/app.ts";
import { batchTracker } from "./batch/tracker.ts";
import { wakeQuietBatches } from "./batch/wake.ts";
import { consumeTickets } from "./consumer/consume.ts";
import { noteDeadTickets } from "./consumer/dead-tickets.ts";
import { openBindings } from "./io/bindings.ts";
import type { RenderTicket } from "./protocol/ticket.ts";
import { cleanUp } from "./retention/clean-up.ts";
import { type Env, settingOrDefault } from "./settings.ts";
import { setLogLevel } from "./text/log.ts";
import { crons, queues } from "./triggers.ts";

export { BatchFeed } from "./api/batch-feed.ts";
export { BatchTracker } from "./batch/tracker.ts";
export { BrowserPool } from "./browsers/pool.ts";

setLogLevel(settingOrDefault(deployment, "LOG_LEVEL"));

export default {
  fetch(request, given, ctx) {
    return app.fetch(request, openBindings(given), ctx);
  },

  /** Returning acknowledges the tickets, however their pages ended. The queue redelivers them only if the consumer dies. */
  async queue({ queue, messages }, given) {
    const env = openBindings(given);
    const tickets = messages.map(({ body }) => body);
    if (queue === queues.deadTickets) return noteDeadTickets(tickets);
    await consumeTickets(tickets, env, (batchId) => batchTracker(env, batchId));
  },

  async scheduled({ cron }, given) {
    const env = openBindings(given);
    if (cron === crons.cleanUp) return cleanUp(env, Date.now());
    await wakeQuietBatches(env, Date.now());
  },
} satisfies ExportedHandler<Env, RenderTicket>;
