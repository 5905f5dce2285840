/** Takes the measurements of a running Trawl, one after another. */
import { setTimeout as delay } from "node:timers/promises";
import type * as z from "zod";
import type { consumerCountSchema, probeSchema } from "../../src/api/probe.ts";

type Answer = z.output<typeof probeSchema>;
type Count = z.output<typeof consumerCountSchema>;

/** 25 pages in all. */
const rounds = [
  { tabs: 1, pages: 5 },
  { tabs: 4, pages: 8 },
  { tabs: 8, pages: 12 },
];
/** Any country that is far from most others will do. */
const country = "JP";
const callLimitMs = 120_000;
const pollMs = 1000;

/** What a probe has found. Times are in ms. `failures` says which measurements could not be taken, and why. */
export interface Measured {
  at: string;
  url: string;
  chrome?: string;
  launchMs?: number | null;
  leaseMs?: number;
  roundTripMs?: { median: number; slowest: number };
  /** Null if the browser did not answer. */
  disposeMs?: number | null;
  rates: { tabs: number; pages: number; failed: number; perSecond: number; error: string | null }[];
  location?: { asked: string; granted: boolean; seen: string | null };
  consumers?: { seconds: number; most: number; reached: Count["reached"]; tickets: number };
  /** Those in force. */
  settings: Record<string, number>;
  failures: { measure: string; reason: string }[];
}

export interface ProbeOptions {
  /** Such as `https://trawl.example.workers.dev`. */
  origin: string;
  adminToken: string;
  /** How long to look how many consumers there are. 0: not at all. */
  consumerSeconds?: number;
  /** Gets a line before each measurement. */
  say?: (line: string) => void;
}

/** A measurement that fails is noted, and the others are taken all the same. Rejects only if the token is refused. */
export async function measure(options: ProbeOptions): Promise<Measured> {
  const { origin, consumerSeconds = 120, say = () => {} } = options;
  const found: Measured = {
    at: new Date().toISOString(),
    url: origin,
    rates: [],
    settings: {},
    failures: [],
  };
  const attempt = async (name: string, take: () => Promise<void>) => {
    say(`Measuring ${name} …`);
    try {
      await take();
    } catch (error) {
      if (error instanceof TokenError) throw error;
      found.failures.push({ measure: name, reason: (error as Error).message });
    }
  };

  await attempt("a browser", async () => {
    const answer = await call<Answer>(options, "/probe", { measure: "browser" });
    found.settings = answer.settings as Record<string, number>;
    found.chrome = answer.chrome ?? "";
    found.launchMs = answer.launch_ms ?? null;
    found.leaseMs = answer.lease_ms ?? 0;
    if (answer.round_trip_ms) found.roundTripMs = answer.round_trip_ms;
    found.disposeMs = answer.dispose_ms ?? null;
  });
  for (const { tabs, pages } of rounds) {
    await attempt(`${pages} pages in ${tabs} ${tabs === 1 ? "tab" : "tabs"}`, async () => {
      const answer = await call<Answer>(options, "/probe", { measure: "pages", tabs, pages });
      const { completed = 0, failed = 0, ms = 0, error = null } = answer;
      const perSecond = ms === 0 ? 0 : Math.round((completed / ms) * 100_000) / 100;
      found.rates.push({ tabs, pages: completed, failed, perSecond, error });
    });
  }
  await attempt(`a page from ${country}`, async () => {
    const answer = await call<Answer>(options, "/probe", { measure: "location", country });
    found.location = { asked: country, granted: answer.granted ?? false, seen: answer.seen ?? null };
  });
  if (consumerSeconds > 0) {
    await attempt(`consumers for ${consumerSeconds} s`, async () => {
      found.consumers = await countConsumers(options, consumerSeconds);
    });
  }
  return found;
}

async function countConsumers(options: ProbeOptions, seconds: number): Promise<Measured["consumers"]> {
  const { probe } = await call<Answer>(options, "/probe", { measure: "consumers", seconds });
  const endsAt = Date.now() + seconds * 1000;
  let count: Count = { reached: [], tickets: 0 };
  do {
    await delay(Math.min(pollMs, Math.max(0, endsAt - Date.now())));
    count = await call<Count>(options, "/probe/consumers", probe);
  } while (Date.now() < endsAt);
  return { seconds, most: count.reached.length, reached: count.reached, tickets: count.tickets };
}

/** The deployment refuses the token. */
export class TokenError extends Error {}

async function call<T>({ origin, adminToken }: ProbeOptions, path: string, body: unknown): Promise<T> {
  const response = await fetch(origin + path, {
    method: "POST",
    headers: { Authorization: `Bearer ${adminToken}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(callLimitMs),
  });
  const text = await response.text();
  if (response.status === 401) throw new TokenError(`${origin} refuses the ADMIN_TOKEN.`);
  if (!response.ok) throw new Error(`${response.status} ${detailIn(text)}`);
  return JSON.parse(text) as T;
}

function detailIn(text: string): string {
  try {
    return (JSON.parse(text) as { detail: string }).detail;
  } catch {
    return "(not a problem object)"; // Not from Trawl.
  }
}
