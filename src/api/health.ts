/**
 * `GET /health`: up or down; and for the operator, what exactly.
 *
 * It asks each part that Trawl cannot do without: D1, R2, the queue and the browser pool; and looks whether the
 * configuration is in order. A part that fails, or does not answer in time, is down, and Trawl with it.
 */
import type { Context } from "hono";
import { Hono } from "hono";
import { timingSafeEqual } from "hono/utils/buffer";
import * as z from "zod";
import { QUIET_MS } from "../batch/wake.ts";
import { browserPool } from "../browsers/pool.ts";
import { database } from "../db/client.ts";
import { countRunningBatches } from "../db/running-batches.ts";
import { withinTime } from "../io/time-limit.ts";
import { type Env, settings, signingSecret } from "../settings.ts";
import { log, messageOf } from "../text/log.ts";
import type { ApiEnv } from "./api-env.ts";

const status = z.enum(["up", "down"]);
const amount = z.int().min(0);

const part = <Facts extends z.ZodRawShape>(description: string, facts: Facts) =>
  z
    .object({
      status,
      ms: amount.meta({ description: "How long it took to answer." }),
      error: z.string().optional(),
      ...facts,
    })
    .meta({ description: `For the operator: ${description}` });

const partSchemas = {
  configuration: part("variables and secrets.", {}),
  d1: part("the database.", {
    batches_running: amount.optional(),
    batches_quiet: amount
      .optional()
      .meta({ description: "Of these, those that have shown no sign of life for some minutes." }),
  }),
  r2: part("the store of page content.", {}),
  queue: part("the queue of pages to render.", {
    backlog: amount.optional().meta({ description: "Messages that wait." }),
    oldest_ms: amount
      .optional()
      .meta({ description: "How long the oldest of them has waited; absent if none does." }),
  }),
  pool: part("the browsers.", {
    browsers: amount.optional().meta({ description: "Browsers that run." }),
    leased: amount.optional().meta({ description: "Of these, those that render." }),
    launching: amount.optional(),
    max: amount.optional().meta({ description: "Browsers that may run at once." }),
    held_back_ms: amount
      .optional()
      .meta({ description: "Launches were refused; so long no other is tried. Absent if not." }),
  }),
};

const detailedSchema = z.object({
  status,
  checked_at: z.int().meta({ description: "Unix seconds." }),
  ...partSchemas,
});

export const healthSchema = detailedSchema.partial().required({ status: true }).meta({ id: "Health" });

type Health = z.output<typeof detailedSchema>;

/** Less than IO_TIMEOUT_MS: a probe waits for the answer. */
const MAX_CHECK_MS = 5000;
/** Anybody may ask, as often as they like: the parts are asked this often at most, by one instance of the Worker. */
const KEPT_MS = 2000;
/** A request that waits for the check of another looks this often whether it has ended. */
const LOOK_MS = 50;

interface Known {
  /** As it was found last; absent before the first check has ended. */
  health?: Health;
  /** So long it is as good as new. Epoch ms. */
  freshUntil: number;
  /** A request is checking, and will have ended by then, if it lives; 0 when none is. Epoch ms. */
  checkingUntil: number;
}

const knownOf = new WeakMap<Env, Known>();

const health = new Hono<ApiEnv>();

health.get("/", async (c) => {
  const state = await currentHealth(c.env);
  c.header("Cache-Control", "no-store");
  const shown = (await hasAdminToken(c)) ? state : { status: state.status };
  return c.json(shown, state.status === "up" ? 200 : 503);
});

/**
 * Only one request at a time checks. The others get the last state known; if there is none yet they wait, but not for
 * the other request's promise: workerd forbids that (developers.cloudflare.com/workers/observability/errors, "Cannot
 * perform I/O on behalf of a different request").
 */
async function currentHealth(env: Env): Promise<Health> {
  const known: Known = knownOf.get(env) ?? { freshUntil: 0, checkingUntil: 0 };
  knownOf.set(env, known);
  while (Date.now() < known.checkingUntil && !known.health) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  const now = Date.now();
  if (known.health && (now < known.freshUntil || now < known.checkingUntil)) return known.health;
  known.checkingUntil = now + MAX_CHECK_MS + 1000;
  try {
    known.health = await checkAll(env);
    known.freshUntil = Date.now() + KEPT_MS;
    return known.health;
  } finally {
    known.checkingUntil = 0;
  }
}

async function checkAll(env: Env): Promise<Health> {
  const now = Date.now();
  let limit = MAX_CHECK_MS;
  const configuration = await check("configuration", limit, async () => {
    limit = Math.min(limit, settings(env).IO_TIMEOUT_MS);
    signingSecret(env);
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
      const { heldBackUntil, ...browsers } = await browserPool(env).state();
      return {
        ...browsers,
        held_back_ms: heldBackUntil === null ? undefined : Math.max(0, heldBackUntil - now),
      };
    }),
  ]);
  const isUp = [configuration, d1, r2, queue, pool].every((part) => part.status === "up");
  const status = isUp ? "up" : "down";
  return { status, checked_at: Math.floor(now / 1000), configuration, d1, r2, queue, pool };
}

/** Asks a part. Does not throw. */
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

async function hasAdminToken(c: Context<ApiEnv>): Promise<boolean> {
  const token = /^Bearer +(.+)$/i.exec(c.req.header("Authorization") ?? "")?.[1];
  return Boolean(token && c.env.ADMIN_TOKEN) && timingSafeEqual(token ?? "", c.env.ADMIN_TOKEN);
}

export { health };
