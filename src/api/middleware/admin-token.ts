/** The operator's token. */
import type { Context, MiddlewareHandler } from "hono";
import { every } from "hono/combine";
import { timingSafeEqual } from "hono/utils/buffer";
import { adminToken } from "../../secrets.ts";
import type { ApiEnv } from "../api-env.ts";
import { Problem } from "../problem.ts";
import { limitAddress } from "./rate-limit.ts";

/** Whether the request carries the token. A token that is too short to be safe opens nothing. */
export async function hasAdminToken(c: Context<ApiEnv>): Promise<boolean> {
  const token = /^Bearer +(.+)$/i.exec(c.req.header("Authorization") ?? "")?.[1];
  const expected = adminToken(c.env);
  return token !== undefined && expected !== null && timingSafeEqual(token, expected);
}

const requireToken: MiddlewareHandler<ApiEnv> = async (c, next) => {
  if (!(await hasAdminToken(c))) {
    const detail = "This is for the operator: send the header Authorization: Bearer <ADMIN_TOKEN>.";
    throw new Problem("invalid_api_key", detail, { headers: { "WWW-Authenticate": "Bearer" } });
  }
  await next();
};

/** Responds with 401 unless the request carries the token, and with 429 to an address that has made too many requests. */
export const operatorOnly = every(limitAddress, requireToken);
