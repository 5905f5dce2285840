/**
 * The Worker without the queue's consumer, for tests that render nothing: a batch stays as it was accepted until the
 * test itself reports what became of its items.
 */
import worker from "../../src/index.ts";
import type { Env } from "../../src/settings.ts";

export { BatchTracker, BrowserPool } from "../../src/index.ts";

export default {
  fetch: worker.fetch,
  async queue(tickets) {
    tickets.ackAll();
  },
} satisfies ExportedHandler<Env>;
