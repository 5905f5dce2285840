/** The calls of the Browser Run binding, made to the emulation that comes with wrangler. */
import { env } from "cloudflare:workers";
import { afterEach, expect, it } from "vitest";
import {
  browserLimits,
  closeSession,
  connectToSession,
  LaunchRefusal,
  launchSession,
  listSessions,
  type RefusalReason,
} from "../../src/browsers/browser-run.ts";
import { refusals } from "./browser-run-stand-in.ts";
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

it.each<[what: string, answer: () => Response, location: "DE" | null, reason: RefusalReason, wait?: number]>([
  ["too many launches", () => refusals.rate(), null, "rate"],
  ["too many launches, with a wait", () => refusals.rate("12"), "DE", "rate", 12_000],
  ["a used-up day", () => refusals.day(), null, "day"],
  ["no browser", () => refusals.unavailable(), "DE", "unavailable"],
  ["a country that it does not have", () => refusals.location(), "DE", "location"],
  ["a bad request that has no country", () => refusals.location(), null, "unavailable"],
  ["a failure", () => new Response("Internal error", { status: 500 }), "DE", "unavailable"],
])("tells why a launch was refused: %s", async (_what, answer, location, reason, retryAfterMs) => {
  const binding = { fetch: async () => answer() } as unknown as BrowserRun;
  const thrown = await launchSession(binding, { ...options, location }).catch((error) => error);
  expect(thrown).toBeInstanceOf(LaunchRefusal);
  expect(thrown).toMatchObject({ reason, retryAfterMs });
});

it("reads a wait that is given as a date", async () => {
  const inAnHour = new Date(Date.now() + 60 * 60_000).toUTCString();
  const binding = { fetch: async () => refusals.rate(inAnHour) } as unknown as BrowserRun;
  const { retryAfterMs } = await launchSession(binding, options).catch((error) => error);
  expect(retryAfterMs).toBeGreaterThan(30 * 60_000);
  expect(retryAfterMs).toBeLessThanOrEqual(60 * 60_000);
});

it("ignores a wait that it cannot read", async () => {
  const binding = { fetch: async () => refusals.rate("soon") } as unknown as BrowserRun;
  expect((await launchSession(binding, options).catch((error) => error)).retryAfterMs).toBeUndefined();
});

it("says what the account may have, and lists its sessions", async () => {
  const session = await launchSession(env.BROWSER, options);
  expect(await browserLimits(env.BROWSER)).toMatchObject({
    browsers: expect.any(Number),
    sessions: expect.any(Array),
    launches: expect.any(Number),
    nextLaunchInMs: expect.any(Number),
  });
  const [listed] = await listSessions(env.BROWSER);
  expect(listed).toMatchObject({ id: session, isConnected: false });
  const browser = await connectToSession(env.BROWSER, session);
  expect(await listSessions(env.BROWSER)).toMatchObject([{ id: session, isConnected: true }]);
  await browser.disconnect();
});
