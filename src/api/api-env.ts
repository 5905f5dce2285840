import type { RequestIdVariables } from "hono/request-id";
import type { Account } from "../db/accounts.ts";
import type { Env } from "../settings.ts";

/** What a route finds in its Hono context. */
export interface ApiEnv {
  Bindings: Env;
  Variables: RequestIdVariables & {
    /** Whose key came with the request: there on all routes under `/v1`. */
    account: Account;
    /** The key's id. */
    keyId: string;
  };
}
