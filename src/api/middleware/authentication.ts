/**
 * Lets in who has a key, and puts the key's account into the context.
 *
 * Answers 401 `invalid_api_key` when the key is missing, malformed, unknown or revoked, and 429 `rate_limited` when one
 * address has tried too many keys: each costs a query.
 */
import type { Context } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import ipaddr from "ipaddr.js";
import { hashKey, looksLikeKey } from "../../account/keys.ts";
import { findKeyHolder } from "../../db/accounts.ts";
import { database } from "../../db/client.ts";
import type { ApiEnv } from "../api-env.ts";
import { Problem, problemResponse } from "../problem.ts";
import { countRequest } from "./rate-limit.ts";

/**
 * Hashes of keys that were good when this isolate last looked, so that who works with a key is not held up by others
 * at the same address. Each request looks its key up all the same.
 */
const knownHashes = new Set<string>();
const MAX_KNOWN_HASHES = 1000;

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
    const hash = hashKey(key);
    if (!knownHashes.has(hash)) {
      const key = `ip:${networkOf(c.req.header("CF-Connecting-IP"))}`;
      await countRequest(c.env.RATE_LIMIT, key, "This address has sent too many keys that are new here");
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

/** The address, or of IPv6 the first 64 bits: one subscriber has all that share them. */
function networkOf(address = "unknown"): string {
  if (!ipaddr.IPv6.isValid(address)) return address;
  return ipaddr.IPv6.parse(address).parts.slice(0, 4).join(":");
}
