/** Browser Run's sessions, as its binding lists them: what the pool cannot know. */
import { env } from "cloudflare:workers";
import puppeteer from "@cloudflare/puppeteer";
import { closeSession } from "../../src/browsers/browser-run.ts";

export async function runningSessions(): Promise<string[]> {
  const sessions = await puppeteer.sessions(env.BROWSER);
  return sessions.map(({ sessionId }) => sessionId);
}

export async function closeAllSessions(): Promise<void> {
  for (const sessionId of await runningSessions()) await closeSession(env.BROWSER, sessionId);
}

/** Crashes a browser. Closing it, or its session, would let it abort its pages' requests first. */
export async function crash(sessionId: string): Promise<void> {
  const browser = await puppeteer.connect(env.BROWSER, sessionId);
  const ended = new Promise<void>((resolve) => browser.once("disconnected", () => resolve()));
  const session = await browser.target().createCDPSession();
  // A browser that has crashed does not answer.
  session.send("Browser.crash").catch(() => {});
  await ended;
}
