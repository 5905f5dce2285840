/**
 * Limits how many requests one key makes, by the Workers binding RATE_LIMIT: its limit is in wrangler.toml.
 *
 * Answers 429 `rate_limited`. After `authentication`.
 */
import type { MiddlewareHandler } from "hono";
import type { ApiEnv } from "../context.ts";
import { Problem } from "../problem.ts";

/** The binding does not say when its window ends; this is its length, as wrangler.toml has it. */
const WINDOW_SECONDS = 60;

export const rateLimit: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const { success } = await c.env.RATE_LIMIT.limit({ key: c.var.keyId });
  if (!success) {
    const detail = `This key has made too many requests in ${WINDOW_SECONDS} s.`;
    throw new Problem("rate_limited", detail, { headers: { "Retry-After": String(WINDOW_SECONDS) } });
  }
  await next();
};
