/**
 * Browser Run. No other module calls its binding.
 *
 * Calls go through the binding's `fetch`, as Puppeteer's do, and not through its typed methods (`acquire`,
 * `closeSession`, …): `wrangler dev` 4.156 and Vitest emulate only `fetch`. The routes are those of the HTTP API
 * (developers.cloudflare.com/api/resources/browser_rendering/subresources/devtools) and of Puppeteer.
 */
import puppeteer, { type Browser } from "@cloudflare/puppeteer";
import type { Location } from "./locations.ts";

/** The host does not matter to the binding. */
const ROUTE = "https://browser-run/v1/devtools/browser";

/**
 * Why Browser Run launched no browser (developers.cloudflare.com/browser-run/reference/errors).
 *
 * - `rate`: too many launches lately
 * - `day`: the free plan's minutes of the day are used up, until the next UTC day
 * - `location`: it cannot render from there
 * - `unavailable`: it has no browser now, or failed
 */
export type RefusalReason = "rate" | "day" | "location" | "unavailable";

/** Browser Run launched no browser. The message has the status and text of its answer. */
export class LaunchRefusal extends Error {
  override name = "LaunchRefusal";
  readonly reason: RefusalReason;
  /** The wait it asked for in `Retry-After`, in ms. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, reason: RefusalReason, retryAfterMs?: number) {
    super(message);
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

/** What the account may have. */
export interface BrowserLimits {
  /** Browsers at once. */
  browsers: number;
  /** The sessions that count towards it, of this Worker and others. */
  sessions: string[];
  /** Launches that are allowed now. */
  launches: number;
  /** How long until another launch is allowed, in ms. */
  nextLaunchInMs: number;
}

/** A running session. */
export interface BrowserSession {
  id: string;
  /** Epoch ms; undefined if Browser Run does not say. */
  startedAt: number | undefined;
  isConnected: boolean;
}

/**
 * Launches a browser and returns its session's id.
 *
 * @param keepAliveMs Browser Run ends a session that has had no command for this long
 * @param location the country to render from; null for any. It is in the types of the binding and of Puppeteer, but in
 *   no documentation: Browser Run may refuse or ignore it.
 * @throws LaunchRefusal; what the binding throws
 */
export async function launchSession(
  binding: BrowserRun,
  { keepAliveMs, location }: { keepAliveMs: number; location: Location | null },
): Promise<string> {
  const options = new URLSearchParams({ keep_alive: String(keepAliveMs) });
  if (location !== null) options.set("location", location);
  // Puppeteer's own `acquire` does not say after which time to try again.
  const answer = await binding.fetch(`${ROUTE}?${options}`, { method: "POST" });
  const text = await answer.text();
  if (answer.ok) return (JSON.parse(text) as { sessionId: string }).sessionId;
  const message = `Browser Run launched no browser: code: ${answer.status}: message: ${text}`;
  const reason = reasonOf(answer.status, text, location !== null);
  throw new LaunchRefusal(message, reason, retryAfter(answer.headers.get("Retry-After")));
}

function reasonOf(status: number, text: string, hasLocation: boolean): RefusalReason {
  if (status === 429) return /time limit|for today/i.test(text) ? "day" : "rate";
  if (status >= 400 && status < 500 && hasLocation) return "location";
  return "unavailable";
}

/** Seconds or a date (RFC 9110, section 10.2.3), as ms from now. */
function retryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

/** @throws Error with the status and text of a refusal */
export async function browserLimits(binding: BrowserRun): Promise<BrowserLimits> {
  const limits = await puppeteer.limits(binding);
  return {
    browsers: limits.maxConcurrentSessions,
    // wrangler dev leaves it out.
    sessions: (limits.activeSessions ?? []).map(({ id }) => id),
    launches: limits.allowedBrowserAcquisitions,
    nextLaunchInMs: limits.timeUntilNextAllowedBrowserAcquisition,
  };
}

/** All sessions of the account, of this Worker and others. @throws Error with the status and text of a refusal */
export async function listSessions(binding: BrowserRun): Promise<BrowserSession[]> {
  const sessions = await puppeteer.sessions(binding);
  return sessions.map(({ sessionId: id, startTime: startedAt, connectionId }) => ({
    id,
    startedAt,
    isConnected: connectionId !== undefined,
  }));
}

/** Connects to a running browser. @throws Error if it is gone */
export function connectToSession(binding: BrowserRun, sessionId: string): Promise<Browser> {
  return puppeteer.connect(binding, sessionId);
}

/** Closes a browser; does nothing if it is gone. @throws Error with the status and text of a refusal */
export async function closeSession(binding: BrowserRun, sessionId: string): Promise<void> {
  const answer = await binding.fetch(`${ROUTE}/${sessionId}`, { method: "DELETE" });
  const text = await answer.text();
  if (answer.ok || answer.status === 404) return;
  throw new Error(`Browser Run did not close the session: code: ${answer.status}: message: ${text}`);
}
