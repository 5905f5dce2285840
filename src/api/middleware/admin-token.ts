/** The operator's token. */
import type { Context, MiddlewareHandler } from "hono";
import { timingSafeEqual } from "hono/utils/buffer";
import type { ApiEnv } from "../api-env.ts";
import { Problem } from "../problem.ts";

export async function hasAdminToken(c: Context<ApiEnv>): Promise<boolean> {
  const token = /^Bearer +(.+)$/i.exec(c.req.header("Authorization") ?? "")?.[1];
  return Boolean(token && c.env.ADMIN_TOKEN) && timingSafeEqual(token ?? "", c.env.ADMIN_TOKEN);
}

/** Responds with 401 unless the request carries the token. */
export const operatorOnly: MiddlewareHandler<ApiEnv> = async (c, next) => {
  if (!(await hasAdminToken(c))) {
    const detail = "This is for the operator: send the header Authorization: Bearer <ADMIN_TOKEN>.";
    throw new Problem("invalid_api_key", detail, { headers: { "WWW-Authenticate": "Bearer" } });
  }
  await next();
};
