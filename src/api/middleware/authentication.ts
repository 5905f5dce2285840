/**
 * Authenticates a request by its API key, and puts the key's account into the context.
 *
 * Responds with 401 `invalid_api_key` if the key is missing, malformed, unknown, or revoked. Responds with 429
 * `rate_limited` if one address has tried too many keys, because looking each one up costs a query.
 */
import type { Context } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import { hashKey, looksLikeKey } from "../../account/keys.ts";
import { findKeyHolder } from "../../db/accounts.ts";
import { database } from "../../db/client.ts";
import type { ApiEnv } from "../api-env.ts";
import { Problem, problemResponse } from "../problem.ts";
import { countAddress } from "./rate-limit.ts";

/**
 * Hashes of keys that were valid when this isolate last looked them up. Known keys skip the per-address limit, so that
 * others at the same address cannot lock them out. Every request still looks its key up.
 */
const knownHashes = new Set<string>();
const MAX_KNOWN_HASHES = 1000;

const unauthorized = (detail: string) => (c: Context) =>
  problemResponse(c, new Problem("invalid_api_key", detail));

export const authentication = bearerAuth<ApiEnv>({
  noAuthenticationHeader: {
    message: unauthorized("No API key. Send it in the header Authorization: Bearer <key>."),
  },
  invalidAuthenticationHeader: {
    message: unauthorized("The Authorization header must have the form: Bearer <key>."),
  },
  invalidToken: {
    message: unauthorized("The API key is unknown or has been revoked."),
  },
  verifyToken: async (key, c) => {
    if (!looksLikeKey(key)) return false;
    const hash = hashKey(key);
    if (!knownHashes.has(hash)) {
      await countAddress(c, "This address has tried too many API keys");
    }
    const holder = await findKeyHolder(database(c.env.DB), hash);
    if (!holder) {
      knownHashes.delete(hash);
      return false;
    }
    remember(hash);
    c.set("account", holder.account);
    c.set("keyId", holder.keyId);
    return true;
  },
});

function remember(hash: string): void {
  const [oldest] = knownHashes;
  if (!knownHashes.has(hash) && knownHashes.size >= MAX_KNOWN_HASHES && oldest !== undefined) {
    knownHashes.delete(oldest);
  }
  knownHashes.add(hash);
}
