/** The Worker: the API, the queue's consumers, the clock, and the Durable Objects. */
import { app } from "./api/app.ts";
import { batchTracker } from "./batch/tracker.ts";
import { wakeQuietBatches } from "./batch/wake.ts";
import type { Env } from "./env.ts";
import { consumeTickets } from "./render/consumer.ts";
import type { RenderTicket } from "./render/ticket.ts";

export { BatchTracker } from "./batch/tracker.ts";
export { BrowserPool } from "./render/browser-pool.ts";

export default {
  fetch: app.fetch,

  async queue(messages, env) {
    const tickets = messages.messages.map(({ body }) => body);
    await consumeTickets(tickets, env, (batchId) => batchTracker(env, batchId));
  },

  async scheduled(_event, env) {
    await wakeQuietBatches(env, Date.now());
  },
} satisfies ExportedHandler<Env, RenderTicket>;
