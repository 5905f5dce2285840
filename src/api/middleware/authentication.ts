/**
 * Lets in who has a key, and puts the key's account into the context.
 *
 * Answers 401 `invalid_api_key` when the key is missing, malformed, unknown or revoked.
 */
import type { Context } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import { hashKey, looksLikeKey } from "../../account/keys.ts";
import { findKeyHolder } from "../../db/accounts.ts";
import { database } from "../../db/client.ts";
import type { ApiEnv } from "../context.ts";
import { Problem, problemResponse } from "../problem.ts";

const refusal = (detail: string) => (c: Context) =>
  problemResponse(c, new Problem("invalid_api_key", detail));

export const authentication = bearerAuth<ApiEnv>({
  noAuthenticationHeader: {
    message: refusal("There is no API key. Send the header Authorization: Bearer <key>."),
  },
  invalidAuthenticationHeader: {
    message: refusal("The Authorization header does not have the form: Bearer <key>."),
  },
  invalidToken: {
    message: refusal("The API key is not known here, or was revoked."),
  },
  verifyToken: async (key, c) => {
    if (!looksLikeKey(key)) return false;
    const holder = await findKeyHolder(database(c.env.DB), hashKey(key));
    if (!holder) return false;
    c.set("account", holder.account);
    c.set("keyId", holder.keyId);
    return true;
  },
});
