/** The Worker: the API, the queue's consumers, the clock, and the Durable Objects. */
import { env as deployment } from "cloudflare:workers";
import { app } from "./api/app.ts";
import { handBackDeadTickets } from "./batch/dead-tickets.ts";
import { batchTracker } from "./batch/tracker.ts";
import { wakeQuietBatches } from "./batch/wake.ts";
import { consumeTickets } from "./consumer/consume.ts";
import { openBindings } from "./io/bindings.ts";
import type { RenderTicket } from "./protocol/ticket.ts";
import { cleanUp } from "./retention/clean-up.ts";
import { type Env, settingOrDefault } from "./settings.ts";
import { logFrom } from "./text/log.ts";

export { BatchTracker } from "./batch/tracker.ts";
export { BrowserPool } from "./browsers/pool.ts";

logFrom(settingOrDefault(deployment, "LOG_LEVEL"));

/** As in wrangler.toml. */
const DEAD_LETTER_QUEUE = "trawl-render-dead";
const HOURLY = "17 * * * *";

export default {
  fetch(request, env, ctx) {
    return app.fetch(request, openBindings(env), ctx);
  },

  /** A message is done with when this returns, whatever came of its page; the queue brings it again if this dies. */
  async queue({ queue, messages }, env) {
    const bindings = openBindings(env);
    if (queue === DEAD_LETTER_QUEUE) return handBackDeadTickets(messages, bindings);
    const tickets = messages.map(({ body }) => body);
    await consumeTickets(tickets, bindings, (batchId) => batchTracker(bindings, batchId));
  },

  async scheduled({ cron }, env) {
    const bindings = openBindings(env);
    if (cron === HOURLY) return cleanUp(bindings, Date.now());
    await wakeQuietBatches(bindings, Date.now());
  },
} satisfies ExportedHandler<Env, RenderTicket>;
