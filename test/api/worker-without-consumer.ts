/** The Worker without the queue's consumer: items finish only when a test reports them. See finish-items.ts. */
import worker from "../../src/index.ts";
import type { Env } from "../../src/settings.ts";

export { BatchFeed, BatchTracker, BrowserPool } from "../../src/index.ts";

export default {
  fetch: worker.fetch,
  async queue(tickets) {
    tickets.ackAll();
  },
} satisfies ExportedHandler<Env>;
