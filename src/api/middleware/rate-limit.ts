/**
 * Limits how many requests are made in a minute, by Workers bindings for rate limits: what they allow is in
 * wrangler.toml. Each location of Cloudflare's counts for itself.
 *
 * Answers 429 `rate_limited`.
 */
import type { MiddlewareHandler } from "hono";
import type { ApiEnv } from "../api-env.ts";
import { Problem } from "../problem.ts";

/** The binding does not say when its window ends; this is its length, as wrangler.toml has it. */
const WINDOW_SECONDS = 60;

/** Limits one key's requests by RATE_LIMIT. After `authentication`. */
export const rateLimit: MiddlewareHandler<ApiEnv> = async (c, next) => {
  await countRequest(c.env.RATE_LIMIT, c.var.keyId, "This key has made too many requests");
  await next();
};

/**
 * Counts a request of whom `key` names.
 *
 * @param tooMany what was done too often, and by whom: the beginning of a sentence
 * @throws Problem `rate_limited` if it is one too many
 */
export async function countRequest(limiter: RateLimit, key: string, tooMany: string): Promise<void> {
  const { success } = await limiter.limit({ key });
  if (success) return;
  const detail = `${tooMany} in ${WINDOW_SECONDS} s.`;
  throw new Problem("rate_limited", detail, { headers: { "Retry-After": String(WINDOW_SECONDS) } });
}
