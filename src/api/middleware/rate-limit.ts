/**
 * Limits requests per minute with the Workers rate limiting bindings, whose limits are set in wrangler.toml. Each
 * Cloudflare location counts separately.
 *
 * Responds with 429 `rate_limited`.
 */
import type { Context, MiddlewareHandler } from "hono";
import ipaddr from "ipaddr.js";
import type { ApiEnv } from "../api-env.ts";
import { Problem } from "../problem.ts";

/** The period of the limits in wrangler.toml. The binding does not say when the current one ends. */
const PERIOD_SECONDS = 60;

/** Limits the requests of one key by RATE_LIMIT. Must run after `authentication`. */
export const rateLimit: MiddlewareHandler<ApiEnv> = async (c, next) => {
  await countRequest(c.env.RATE_LIMIT, c.var.keyId, "This API key has made too many requests");
  await next();
};

/** Limits the requests of one address: for routes without a key, whose callers may be guessing the operator's token. */
export const limitAddress: MiddlewareHandler<ApiEnv> = async (c, next) => {
  await countAddress(c, "This address has made too many requests");
  await next();
};

/**
 * Counts a request against the limit of `key`.
 *
 * @param tooMany the beginning of the error's detail: who did what too often
 * @throws Problem `rate_limited` if the limit is exceeded
 */
export async function countRequest(limiter: RateLimit, key: string, tooMany: string): Promise<void> {
  const { success } = await limiter.limit({ key });
  if (success) return;
  const detail = `${tooMany}. Try again in ${PERIOD_SECONDS} seconds.`;
  throw new Problem("rate_limited", detail, { headers: { "Retry-After": String(PERIOD_SECONDS) } });
}

/**
 * Counts a request against the limit of the address that it comes from: for requests without a key that is known.
 *
 * @param tooMany as in `countRequest`
 * @throws Problem `rate_limited` if the limit is exceeded
 */
export async function countAddress(c: Context<ApiEnv>, tooMany: string): Promise<void> {
  await countRequest(c.env.RATE_LIMIT, `ip:${networkOf(c.req.header("CF-Connecting-IP"))}`, tooMany);
}

/** The IPv4 address, or the first 64 bits of an IPv6 address: one subscriber has all addresses that share them. */
function networkOf(address = "unknown"): string {
  if (!ipaddr.IPv6.isValid(address)) return address;
  return ipaddr.IPv6.parse(address).parts.slice(0, 4).join(":");
}
