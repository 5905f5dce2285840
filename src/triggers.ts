/** What runs the Worker besides requests: the queues and crons of `wrangler.toml`, by the same names as there. */

export const queues = {
  tickets: "trawl-render",
  /** Tickets whose consumers died each time. */
  deadTickets: "trawl-render-dead",
};

export const crons = {
  /** Every minute. */
  wakeBatches: "* * * * *",
  /** Every hour. */
  cleanUp: "17 * * * *",
};
