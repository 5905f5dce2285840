import type { RequestIdVariables } from "hono/request-id";
import type { Account } from "../db/accounts.ts";
import type { Env } from "../settings.ts";

/** The types of the API's Hono context. */
export interface ApiEnv {
  Bindings: Env;
  Variables: RequestIdVariables & {
    /** The account that the request's key belongs to. Set on all routes under `/v1`. */
    account: Account;
    /** The ID of the request's key. Set on all routes under `/v1`. */
    keyId: string;
  };
}
