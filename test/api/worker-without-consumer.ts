/**
 * The Worker without the queue's consumer, for tests that render nothing: a batch stays as it was accepted until the
 * test itself reports what became of its items.
 */
import { app } from "../../src/api/app.ts";
import type { Env } from "../../src/settings.ts";

export { BatchTracker } from "../../src/batch/tracker.ts";
export { BrowserPool } from "../../src/browsers/pool.ts";

export default {
  fetch: app.fetch,
  async queue(tickets) {
    tickets.ackAll();
  },
} satisfies ExportedHandler<Env>;
