/**
 * `GET /health`: up or down; and for the operator, what exactly.
 *
 * It asks each part that Trawl cannot do without: D1, R2, the queue and the browser pool. A part that fails, or does not
 * answer in time, is down, and Trawl with it.
 */
import type { Context } from "hono";
import { Hono } from "hono";
import { timingSafeEqual } from "hono/utils/buffer";
import { z } from "zod";
import { QUIET_MS } from "../batch/wake.ts";
import { database } from "../db/client.ts";
import { countRunningBatches } from "../db/running-batches.ts";
import { type Env, settings } from "../env.ts";
import { log, messageOf } from "../log.ts";
import { browserPool } from "../render/browser-pool.ts";
import { withinTime } from "../time-limit.ts";
import type { ApiEnv } from "./context.ts";

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
const kept = new WeakMap<Env, { health: Health; until: number }>();

const health = new Hono<ApiEnv>();

health.get("/", async (c) => {
  const known = kept.get(c.env);
  const state = known && Date.now() < known.until ? known.health : await checkAll(c.env);
  if (state !== known?.health) kept.set(c.env, { health: state, until: Date.now() + KEPT_MS });
  c.header("Cache-Control", "no-store");
  const shown = (await hasAdminToken(c)) ? state : { status: state.status };
  return c.json(shown, state.status === "up" ? 200 : 503);
});

async function checkAll(env: Env): Promise<Health> {
  const limit = Math.min(MAX_CHECK_MS, settings(env).IO_TIMEOUT_MS);
  const now = Date.now();
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
  const isUp = [d1, r2, queue, pool].every((part) => part.status === "up");
  return { status: isUp ? "up" : "down", checked_at: Math.floor(now / 1000), d1, r2, queue, pool };
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
