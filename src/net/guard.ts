/**
 * The guard against requests to private networks. It checks a URL's text when a client sends it, and the addresses of
 * its host right before the request.
 */
import type { Settings } from "../settings.ts";
import { checkPublicUrl, hostOf, isAddress } from "./public-url.ts";
import { resolveHost } from "./resolve.ts";

export type CallVerdict =
  | { ok: true }
  /** `transient`: another attempt may succeed. */
  | { ok: false; code: "blocked_address" | "dns_error"; reason: string; transient: boolean };

export interface PublicUrlGuard {
  /** Checks the URL's text only. */
  allows(url: string): boolean;
  /** Checks the text and the current addresses of the host. Does not throw. */
  beforeCall(url: string): Promise<CallVerdict>;
}

const allowAll: PublicUrlGuard = { allows: () => true, beforeCall: async () => ({ ok: true }) };

/** The guard of this deployment. With ALLOW_PRIVATE_NETWORK it allows everything. */
export function publicUrlGuard(
  settings: Pick<Settings, "ALLOW_PRIVATE_NETWORK" | "DNS_RESOLVER_URL">,
  ask: typeof fetch = fetch,
): PublicUrlGuard {
  if (settings.ALLOW_PRIVATE_NETWORK) return allowAll;
  return {
    allows: (url) => checkPublicUrl(url).ok,
    beforeCall: (url) => checkBeforeCall(url, settings.DNS_RESOLVER_URL, ask),
  };
}

async function checkBeforeCall(given: string, resolverUrl: string, ask: typeof fetch): Promise<CallVerdict> {
  const verdict = checkPublicUrl(given);
  if (!verdict.ok) return refused(verdict.reason);
  const host = hostOf(verdict.url);
  if (isAddress(host)) return { ok: true };
  const resolution = await resolveHost(host, resolverUrl, ask);
  switch (resolution.kind) {
    case "public":
      return { ok: true };
    case "private":
      return refused(`the host '${host}' resolves to ${resolution.address}, which is not public`);
    case "unknown":
      return { ok: false, code: "dns_error", reason: `the host '${host}' has no address`, transient: false };
    case "unavailable": {
      const reason = `the host '${host}' could not be looked up: ${resolution.reason}`;
      return { ok: false, code: "dns_error", reason, transient: true };
    }
  }
}

function refused(reason: string): CallVerdict {
  return { ok: false, code: "blocked_address", reason, transient: false };
}
