/** Where a host name leads, asked over HTTPS (the JSON form that Cloudflare's and Google's public resolvers speak). */
import * as z from "zod";
import { withinTime } from "../io/time-limit.ts";
import { messageOf } from "../text/log.ts";
import { isPublicAddress } from "./public-address.ts";

export type Resolution =
  | { kind: "public" }
  /** One of its addresses is not public. */
  | { kind: "private"; address: string }
  /** There is no such name, or it has no address. */
  | { kind: "unknown" }
  /** The resolver could not be asked. */
  | { kind: "unavailable"; reason: string };

/** Record types of addresses: RFC 1035 (A) and RFC 3596 (AAAA). */
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
const MIN_KEPT_MS = 5000;
const MAX_KEPT_MS = 5 * 60_000;
/** A name that does not exist yet may soon. */
const UNKNOWN_KEPT_MS = 30_000;
const MAX_KEPT = 5000;
const kept = new Map<string, { resolution: Resolution; until: number }>();

/** Looks the host's addresses up, v4 and v6. Kept for as long as DNS says, five minutes at most. Does not throw. */
export async function resolveHost(
  host: string,
  resolverUrl: string,
  ask: typeof fetch = fetch,
): Promise<Resolution> {
  const now = Date.now();
  const key = `${resolverUrl} ${host}`;
  const known = kept.get(key);
  if (known && known.until > now) return known.resolution;
  const answers = await Promise.allSettled(
    [...addressTypes].map(([name, type]) =>
      withinTime(TIME_LIMIT_MS, "The DNS resolver", lookUp(host, name, type, resolverUrl, ask)),
    ),
  );
  const records = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
  // Name servers that know A records alone and fail on AAAA are common: what one of the two says is enough.
  const failure = answers.find((answer) => answer.status === "rejected");
  if (records.length === 0 && failure) return { kind: "unavailable", reason: messageOf(failure.reason) };
  const resolution = judge(records.map(({ data }) => data));
  const ttl = Math.min(...records.map(({ TTL }) => TTL * 1000), MAX_KEPT_MS);
  keep(key, resolution, now + (records.length > 0 ? Math.max(ttl, MIN_KEPT_MS) : UNKNOWN_KEPT_MS));
  return resolution;
}

function judge(addresses: string[]): Resolution {
  const hidden = addresses.find((address) => !isPublicAddress(address));
  if (hidden !== undefined) return { kind: "private", address: hidden };
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

function keep(key: string, resolution: Resolution, until: number): void {
  kept.delete(key);
  kept.set(key, { resolution, until });
  const oldest = kept.size > MAX_KEPT ? kept.keys().next().value : undefined;
  if (oldest !== undefined) kept.delete(oldest);
}
