/**
 * Finds out how many consumers the queue runs at once, and how soon: nothing documents it. Tickets that render nothing
 * are sent, and each holds its consumer for a moment. Queues looks whether to add consumers whenever one has ended.
 */
import { browserPool } from "../browsers/pool.ts";
import type { ConsumerProbe, RenderTicket } from "../protocol/ticket.ts";
import type { Env } from "../settings.ts";
import { log, messageOf } from "../text/log.ts";

/** How long a ticket holds its consumer, in ms. */
const HOLD_MS = 3000;
/** Queue operations cost money, and the free plan has 10,000 a day: three a ticket. */
const MAX_TICKETS = 300;
/** The most messages of a sendBatch() (developers.cloudflare.com/queues/platform/limits). */
const BATCH = 100;
/** Some more tickets than this many consumers take, so that there is always a backlog. */
const CONSUMERS = 12;

/**
 * Sends the tickets of a probe that lasts `seconds`.
 *
 * @throws what the queue throws
 */
export async function startCounting(env: Env, seconds: number): Promise<ConsumerProbe> {
  const beganAt = Date.now();
  const probe = { id: crypto.randomUUID(), beganAt, endsAt: beganAt + seconds * 1000 };
  const tickets = Math.min(MAX_TICKETS, Math.ceil((CONSUMERS * seconds * 1000) / HOLD_MS));
  // An older version, after a rollback, takes it for a ticket without work.
  const body: RenderTicket = { country: null, sentAt: beganAt, probe };
  for (let sent = 0; sent < tickets; sent += BATCH) {
    const messages = Array.from({ length: Math.min(BATCH, tickets - sent) }, () => ({ body }));
    await env.RENDER_QUEUE.sendBatch(messages);
  }
  return probe;
}

/** What a consumer does with such a ticket. Once the probe is over, nothing. Does not throw. */
export async function beCounted(env: Env, probe: ConsumerProbe): Promise<void> {
  const ms = Math.min(HOLD_MS, probe.endsAt - Date.now());
  if (ms <= 0) return;
  try {
    await browserPool(env).countConsumers(probe, ms);
  } catch (thrown) {
    log("warn", "probe.consumer_not_counted", { error: messageOf(thrown) });
  }
}
