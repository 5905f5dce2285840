/**
 * Browser Run. No other module calls its binding.
 *
 * Calls go through the binding's `fetch`, as Puppeteer's do, and not through its typed methods (`acquire`,
 * `closeSession`, …): `wrangler dev` 4.156 and Vitest emulate only `fetch`. The routes are those of the HTTP API
 * (developers.cloudflare.com/api/resources/browser_rendering/subresources/devtools).
 */
import puppeteer, { type Browser } from "@cloudflare/puppeteer";
import type { Location } from "./locations.ts";

/** The host does not matter to the binding. */
const ROUTE = "https://browser-run/v1/devtools/browser";

/**
 * Launches a browser and returns its session's id.
 *
 * @param keepAliveMs Browser Run ends a session that has had no command for this long
 * @param location the country to render from; null for any. It is in the types of the binding and of Puppeteer, but in
 *   no documentation: Browser Run may refuse or ignore it.
 * @throws Error with the status and text of Browser Run's answer, such as 429 when it may not launch more
 */
export async function launchSession(
  binding: BrowserRun,
  { keepAliveMs, location }: { keepAliveMs: number; location: Location | null },
): Promise<string> {
  const options = { keep_alive: keepAliveMs, ...(location === null ? {} : { location }) };
  const { sessionId } = await puppeteer.acquire(binding, options);
  return sessionId;
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
