/** The Worker: the API, the queue's consumers, the clock, and the Durable Objects. */
import { env as deployment } from "cloudflare:workers";
import { app } from "./api/app.ts";
import { handBackDeadTickets } from "./batch/dead-tickets.ts";
import { batchTracker } from "./batch/tracker.ts";
import { wakeQuietBatches } from "./batch/wake.ts";
import { consumeTickets } from "./consumer/consume.ts";
import type { RenderTicket } from "./protocol/ticket.ts";
import { cleanUp } from "./retention/clean-up.ts";
import { type Env, lowestLogLevel } from "./settings.ts";
import { logFrom } from "./text/log.ts";

export { BatchTracker } from "./batch/tracker.ts";
export { BrowserPool } from "./browsers/pool.ts";

logFrom(lowestLogLevel(deployment));

/** As in wrangler.toml. */
const DEAD_LETTER_QUEUE = "trawl-render-dead";
const HOURLY = "17 * * * *";

export default {
  fetch: app.fetch,

  /** A message is done with when this returns, whatever came of its page; the queue brings it again if this dies. */
  async queue(messages, env) {
    if (messages.queue === DEAD_LETTER_QUEUE) return handBackDeadTickets(messages.messages, env);
    const tickets = messages.messages.map(({ body }) => body);
    await consumeTickets(tickets, env, (batchId) => batchTracker(env, batchId));
  },

  async scheduled({ cron }, env) {
    if (cron === HOURLY) return cleanUp(env, Date.now());
    await wakeQuietBatches(env, Date.now());
  },
} satisfies ExportedHandler<Env, RenderTicket>;
