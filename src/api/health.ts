/** `GET /health`: up or down; and for the operator, what exactly. */
import type { Context } from "hono";
import { Hono } from "hono";
import { timingSafeEqual } from "hono/utils/buffer";
import { z } from "zod";
import { settings } from "../env.ts";
import { messageOf } from "../log.ts";
import { withinTime } from "../time-limit.ts";
import type { ApiEnv } from "./context.ts";

const checkSchema = z.object({
  status: z.enum(["up", "down"]),
  ms: z.int().min(0),
  error: z.string().optional(),
});

export const healthSchema = z
  .object({
    status: z.enum(["up", "down"]),
    d1: checkSchema.optional().meta({ description: "For the operator: the database." }),
    r2: checkSchema.optional().meta({ description: "For the operator: the store of page content." }),
  })
  .meta({ id: "Health" });

type Check = z.output<typeof checkSchema>;

/** Less than IO_TIMEOUT_MS: a probe waits for the answer. */
const MAX_CHECK_MS = 5000;

const health = new Hono<ApiEnv>();

health.get("/", async (c) => {
  const limit = Math.min(MAX_CHECK_MS, settings(c.env).IO_TIMEOUT_MS);
  const [d1, r2] = await Promise.all([
    check(limit, () => c.env.DB.prepare("SELECT 1").first()),
    check(limit, () => c.env.CONTENT.head("health")),
  ]);
  const status = d1.status === "up" && r2.status === "up" ? "up" : "down";
  c.header("Cache-Control", "no-store");
  const isOperator = await hasAdminToken(c);
  return c.json(isOperator ? { status, d1, r2 } : { status }, status === "up" ? 200 : 503);
});

async function check(limitMs: number, ask: () => Promise<unknown>): Promise<Check> {
  const startedAt = Date.now();
  try {
    await withinTime(limitMs, "The check", ask());
    return { status: "up", ms: Date.now() - startedAt };
  } catch (thrown) {
    return { status: "down", ms: Date.now() - startedAt, error: messageOf(thrown) };
  }
}

async function hasAdminToken(c: Context<ApiEnv>): Promise<boolean> {
  const token = /^Bearer +(.+)$/i.exec(c.req.header("Authorization") ?? "")?.[1];
  return Boolean(token && c.env.ADMIN_TOKEN) && timingSafeEqual(token ?? "", c.env.ADMIN_TOKEN);
}

export { health };
