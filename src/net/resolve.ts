/** Resolves host names over HTTPS, with the JSON API of Cloudflare's and Google's public resolvers. */
import * as z from "zod";
import { withinTime } from "../io/time-limit.ts";
import { messageOf } from "../text/log.ts";
import { isPublicAddress } from "./public-address.ts";

export type Resolution =
  | { kind: "public" }
  /** One of the addresses is not public. */
  | { kind: "private"; address: string }
  /** The name does not exist, or has no address. */
  | { kind: "unknown" }
  /** The resolver did not give an answer. */
  | { kind: "unavailable"; reason: string };

/** Types of address records: RFC 1035 (A) and RFC 3596 (AAAA). */
const addressTypes = new Map([
  ["A", 1],
  ["AAAA", 28],
]);
const answerSchema = z.object({
  Status: z.number(),
  Answer: z.array(z.object({ type: z.number(), TTL: z.number(), data: z.string() })).optional(),
});
/** RFC 1035: the name does not exist. */
const NXDOMAIN = 3;

const TIME_LIMIT_MS = 5000;
const MIN_CACHED_MS = 5000;
const MAX_CACHED_MS = 5 * 60_000;
/** Shorter, because a name that does not exist yet may be added soon. */
const UNKNOWN_CACHED_MS = 30_000;
const MAX_CACHED = 5000;
const cache = new Map<string, { resolution: Resolution; until: number }>();

/** Looks up the host's IPv4 and IPv6 addresses. Caches them for their TTL, at most five minutes. Does not throw. */
export async function resolveHost(
  host: string,
  resolverUrl: string,
  ask: typeof fetch = fetch,
): Promise<Resolution> {
  const now = Date.now();
  const key = `${resolverUrl} ${host}`;
  const known = cache.get(key);
  if (known && known.until > now) return known.resolution;
  const answers = await Promise.allSettled(
    [...addressTypes].map(([name, type]) =>
      withinTime(TIME_LIMIT_MS, "The DNS resolver", lookUp(host, name, type, resolverUrl, ask)),
    ),
  );
  const records = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
  // One of the two answers is enough: many name servers know only A records and fail on AAAA.
  const failure = answers.find((answer) => answer.status === "rejected");
  if (records.length === 0 && failure) return { kind: "unavailable", reason: messageOf(failure.reason) };
  const resolution = judge(records.map(({ data }) => data));
  const ttl = Math.min(...records.map(({ TTL }) => TTL * 1000), MAX_CACHED_MS);
  store(key, resolution, now + (records.length > 0 ? Math.max(ttl, MIN_CACHED_MS) : UNKNOWN_CACHED_MS));
  return resolution;
}

function judge(addresses: string[]): Resolution {
  const notPublic = addresses.find((address) => !isPublicAddress(address));
  if (notPublic !== undefined) return { kind: "private", address: notPublic };
  return { kind: addresses.length > 0 ? "public" : "unknown" };
}

async function lookUp(host: string, name: string, type: number, resolverUrl: string, ask: typeof fetch) {
  const url = new URL(resolverUrl);
  url.searchParams.set("name", host);
  url.searchParams.set("type", name);
  const response = await ask(url, { headers: { accept: "application/dns-json" } });
  if (!response.ok) throw new Error(`The DNS resolver answered ${response.status}.`);
  const { Status, Answer = [] } = answerSchema.parse(await response.json());
  if (Status !== 0 && Status !== NXDOMAIN)
    throw new Error(`The DNS resolver answered with DNS status ${Status}.`);
  return Answer.filter((record) => record.type === type);
}

function store(key: string, resolution: Resolution, until: number): void {
  cache.delete(key);
  cache.set(key, { resolution, until });
  const oldest = cache.size > MAX_CACHED ? cache.keys().next().value : undefined;
  if (oldest !== undefined) cache.delete(oldest);
}
