/** The calls of the Browser Run binding, made to the emulation that comes with wrangler. */
import { env } from "cloudflare:workers";
import { afterEach, expect, it } from "vitest";
import { closeSession, connectToSession, launchSession } from "../../src/browsers/browser-run.ts";
import { closeAllSessions, runningSessions } from "./sessions.ts";

const options = { keepAliveMs: 60_000, location: null };

afterEach(closeAllSessions);

it("launches a browser that can be connected to", async () => {
  const session = await launchSession(env.BROWSER, options);
  const browser = await connectToSession(env.BROWSER, session);
  expect(browser.sessionId()).toBe(session);
  expect(await browser.version()).toMatch(/Chrom/);
  await browser.disconnect();
});

it("closes a session without connecting to it, and does nothing if it is gone", async () => {
  const session = await launchSession(env.BROWSER, options);
  expect(await runningSessions()).toEqual([session]);
  await closeSession(env.BROWSER, session);
  expect(await runningSessions()).toEqual([]);
  await closeSession(env.BROWSER, session);
});

it("throws Browser Run's status and text when it refuses", async () => {
  const refusing = { fetch: async () => new Response("Rate limit exceeded", { status: 429 }) } as unknown;
  const binding = refusing as BrowserRun;
  await expect(launchSession(binding, options)).rejects.toThrow(/429.*Rate limit exceeded/);
  await expect(closeSession(binding, "some-session")).rejects.toThrow(/429.*Rate limit exceeded/);
});

it("asks for the country by its code, and not at all for any country", async () => {
  const asked: URLSearchParams[] = [];
  const recording = {
    fetch: async (url: string) => {
      asked.push(new URL(url).searchParams);
      return Response.json({ sessionId: "some-session" });
    },
  } as unknown as BrowserRun;
  await launchSession(recording, { ...options, location: "DE" });
  await launchSession(recording, options);
  expect(asked.map((query) => query.get("location"))).toEqual(["DE", null]);
  expect(asked.map((query) => query.get("keep_alive"))).toEqual(["60000", "60000"]);
});
