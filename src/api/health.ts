/**
 * `GET /health`: whether the service is up and, for the operator, the state of each part.
 *
 * Checks the configuration and every part the service depends on: D1, R2, the queue, and the browser pool. If one of them
 * fails or does not respond in time, the service is down.
 */
import { Hono } from "hono";
import * as z from "zod";
import { QUIET_MS } from "../batch/wake.ts";
import { browserPool } from "../browsers/pool.ts";
import { database } from "../db/client.ts";
import { countRunningBatches } from "../db/running-batches.ts";
import { withinTime } from "../io/time-limit.ts";
import { checkSecrets } from "../secrets.ts";
import { type Env, settings } from "../settings.ts";
import { log, messageOf } from "../text/log.ts";
import type { ApiEnv } from "./api-env.ts";
import { hasAdminToken } from "./middleware/admin-token.ts";
import { limitAddress } from "./middleware/rate-limit.ts";

const status = z.enum(["up", "down"]);
const amount = z.int().min(0);

const part = <Facts extends z.ZodRawShape>(description: string, facts: Facts) =>
  z
    .object({
      status,
      ms: amount.meta({ description: "How long the check took, in milliseconds." }),
      error: z.string().optional(),
      ...facts,
    })
    .meta({ description: `${description} Only shown to the operator.` });

const partSchemas = {
  configuration: part("Variables and secrets.", {}),
  d1: part("The database.", {
    batches_running: amount.optional(),
    batches_quiet: amount
      .optional()
      .meta({ description: "How many of them have shown no activity for several minutes." }),
  }),
  r2: part("The page content.", {}),
  queue: part("The queue of pages to render.", {
    backlog: amount.optional().meta({ description: "Number of messages waiting." }),
    oldest_ms: amount.optional().meta({
      description: "How long the oldest message has been waiting, in milliseconds. Absent if there is none.",
    }),
  }),
  pool: part("The browsers.", {
    browsers: amount.optional().meta({ description: "Number of running browsers." }),
    leased: amount.optional().meta({ description: "How many of them are rendering pages." }),
    launching: amount.optional().meta({ description: "Number of browsers being launched." }),
    max: amount.optional().meta({ description: "Maximum number of browsers." }),
    held_back_ms: amount.optional().meta({
      description:
        "How long until the next launch is tried, in milliseconds, after one was refused. Absent otherwise.",
    }),
    consumers: amount.optional().meta({ description: "Number of consumers that render pages." }),
    consumers_are_scarce: z.boolean().optional().meta({
      description: "Whether Queues adds no consumers although tickets wait. Those there are go on rendering.",
    }),
    batches_waiting: amount.optional().meta({ description: "Number of batches with pages to render." }),
    pages_waiting: amount
      .optional()
      .meta({ description: "How many of their pages wait. Counts at most 4,000 of each batch." }),
  }),
};

const detailedSchema = z.object({
  status,
  checked_at: z.int().meta({ description: "Unix seconds." }),
  ...partSchemas,
});

export const healthSchema = detailedSchema.partial().required({ status: true }).meta({ id: "Health" });

type Health = z.output<typeof detailedSchema>;

/** Time limit of one check. Shorter than IO_TIMEOUT_MS, because a health probe is waiting. */
const MAX_CHECK_MS = 5000;
/** How long a result is reused. Anyone can call this route as often as they like, so this limits the load on the parts. */
const CACHE_MS = 2000;
/** How often a request that waits for another one's check looks for its result. */
const POLL_MS = 50;

interface CachedHealth {
  /** The last result. Absent until the first check has ended. */
  health?: Health;
  /** Epoch ms. */
  freshUntil: number;
  /** When a check in progress must have ended, unless its request was killed; 0 if none is in progress. Epoch ms. */
  checkingUntil: number;
}

const cache = new WeakMap<Env, CachedHealth>();

const health = new Hono<ApiEnv>();

health.get("/", limitAddress, async (c) => {
  const current = await currentHealth(c.env);
  c.header("Cache-Control", "no-store");
  const shown = (await hasAdminToken(c)) ? current : { status: current.status };
  return c.json(shown, current.status === "up" ? 200 : 503);
});

/**
 * Only one request at a time runs the checks. The others get the last result, or poll for the first one. They cannot await
 * the other request's promise: workerd forbids that (developers.cloudflare.com/workers/observability/errors, "Cannot
 * perform I/O on behalf of a different request").
 */
async function currentHealth(env: Env): Promise<Health> {
  const cached: CachedHealth = cache.get(env) ?? { freshUntil: 0, checkingUntil: 0 };
  cache.set(env, cached);
  while (Date.now() < cached.checkingUntil && !cached.health) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const now = Date.now();
  if (cached.health && (now < cached.freshUntil || now < cached.checkingUntil)) return cached.health;
  cached.checkingUntil = now + MAX_CHECK_MS + 1000;
  try {
    cached.health = await checkAll(env);
    cached.freshUntil = Date.now() + CACHE_MS;
    return cached.health;
  } finally {
    cached.checkingUntil = 0;
  }
}

async function checkAll(env: Env): Promise<Health> {
  const now = Date.now();
  let limit = MAX_CHECK_MS;
  const configuration = await check("configuration", limit, async () => {
    limit = Math.min(limit, settings(env).IO_TIMEOUT_MS);
    checkSecrets(env);
    return {};
  });
  const [d1, r2, queue, pool] = await Promise.all([
    check("d1", limit, async () => {
      const { running, quiet } = await countRunningBatches(database(env.DB), now - QUIET_MS);
      return { batches_running: running, batches_quiet: quiet };
    }),
    check("r2", limit, async () => {
      await env.CONTENT.head("health");
      return {};
    }),
    check("queue", limit, async () => {
      const { backlogCount, oldestMessageTimestamp } = await env.RENDER_QUEUE.metrics();
      const oldest = oldestMessageTimestamp && Math.max(0, now - oldestMessageTimestamp.getTime());
      return { backlog: backlogCount, oldest_ms: oldest };
    }),
    check("pool", limit, async () => {
      const { heldBackUntil, consumersAreScarce, batchesWaiting, pagesWaiting, ...counts } =
        await browserPool(env).state();
      return {
        ...counts,
        consumers_are_scarce: consumersAreScarce,
        batches_waiting: batchesWaiting,
        pages_waiting: pagesWaiting,
        held_back_ms: heldBackUntil === null ? undefined : Math.max(0, heldBackUntil - now),
      };
    }),
  ]);
  const isUp = [configuration, d1, r2, queue, pool].every((part) => part.status === "up");
  const status = isUp ? "up" : "down";
  return { status, checked_at: Math.floor(now / 1000), configuration, d1, r2, queue, pool };
}

/** Checks one part. Never throws. */
async function check<Facts extends object>(
  name: string,
  limitMs: number,
  ask: () => Promise<Facts>,
): Promise<{ status: "up" | "down"; ms: number; error?: string } & Partial<Facts>> {
  const startedAt = Date.now();
  try {
    const facts = await withinTime(limitMs, "The check", ask());
    return { status: "up", ms: Date.now() - startedAt, ...facts };
  } catch (thrown) {
    const failed = { status: "down" as const, ms: Date.now() - startedAt, error: messageOf(thrown) };
    log("error", "health.part_down", { part: name, ms: failed.ms, error: failed.error });
    return failed as typeof failed & Partial<Facts>;
  }
}

export { health };
