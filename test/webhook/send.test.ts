/** Single attempts at a real receiver, which responds well or badly. */
import { env } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { afterEach, describe, expect, it, vi } from "vitest";
import { newWebhookSecret } from "../../src/account/webhook-secret.ts";
import { settings } from "../../src/settings.ts";
import type { CompletionEvent } from "../../src/webhook/payload.ts";
import { sendWebhook, type WebhookAttempt } from "../../src/webhook/send.ts";
import type { Reply } from "../receiver/server.ts";
import { newHook } from "./hook.ts";

const event: CompletionEvent = {
  id: "event_1",
  object: "event.batch.completed",
  data: {
    id: "batch_1",
    object: "batch",
    status: "completed",
    items_total: 3,
    items_completed: 2,
    items_failed: 1,
    created_at: "2026-11-24T10:00:00.000Z",
    completed_at: "2026-11-24T10:01:00.000Z",
    metadata: { order: "7", ключ: "значение" },
    credits_consumed: 2,
    cost_usd: 0.002,
  },
};
const secrets = [newWebhookSecret()];

const send = (url: string, change: Partial<WebhookAttempt> = {}) =>
  sendWebhook({ url, event, secrets, attempt: "1/5", settings: settings(env), ...change });

afterEach(() => {
  vi.useRealTimers();
});

describe("the request", () => {
  it("is one signed POST of the event as JSON", async () => {
    const hook = newHook();
    const before = Date.now();
    expect(await send(hook.url)).toMatchObject({ ok: true, httpStatus: 200, error: null });
    const [call, ...more] = await hook.calls();
    if (!call) expect.fail("No call came in.");
    expect(more).toEqual([]);
    expect(call.method).toBe("POST");
    expect(call.headers["content-type"]).toBe("application/json");
    const { timestamp, ...body } = call.json as { timestamp: number };
    expect(body).toEqual({ ...event, delivery_attempt: "1/5" });
    expect(timestamp).toBeGreaterThanOrEqual(before);
    expect(timestamp).toBeLessThanOrEqual(Date.now());
    expect(call.headers["webhook-id"]).toBe("event_1");
    expect(call.headers["webhook-timestamp"]).toBe(String(Math.floor(timestamp / 1000)));
    const headers = call.headers as Record<string, string>;
    expect(new Webhook(secrets[0] ?? "").verify(call.body, headers)).toEqual(call.json);
    expect(() => new Webhook(newWebhookSecret()).verify(call.body, headers)).toThrow();
    expect(() => new Webhook(secrets[0] ?? "").verify(`${call.body} `, headers)).toThrow();
  });

  it("has a signature by each secret, so that a receiver may have the old or the new one", async () => {
    const hook = newHook();
    const both = [newWebhookSecret(), newWebhookSecret()];
    await send(hook.url, { secrets: both });
    const [call] = await hook.calls();
    const headers = call?.headers as Record<string, string>;
    expect(headers["webhook-signature"]).toMatch(/^v1,[\w+/]{43}= v1,[\w+/]{43}=$/);
    for (const secret of both) {
      expect(new Webhook(secret).verify(call?.body ?? "", headers)).toMatchObject({ id: "event_1" });
    }
  });

  it("sends the user and password of a URL as Basic authentication", async () => {
    const hook = newHook();
    const url = hook.url.replace("://", "://us%40er:p%C3%A4ss@");
    expect(await send(url)).toMatchObject({ ok: true });
    const [call] = await hook.calls();
    const [scheme, credentials] = (call?.headers.authorization ?? "").split(" ");
    const bytes = Uint8Array.from(atob(credentials ?? ""), (character) => character.charCodeAt(0));
    expect([scheme, new TextDecoder().decode(bytes)]).toEqual(["Basic", "us@er:päss"]);
  });
});

describe("the result", () => {
  it.each([200, 201, 202, 204, 299])("is delivered for the status %i", async (status) => {
    expect(await send(newHook([{ status }]).url)).toMatchObject({ ok: true, httpStatus: status });
  });

  it.each<[string, Reply, object]>([
    [
      "a redirect",
      { status: 301, headers: { location: "/elsewhere" } },
      { httpStatus: 301, error: { code: "redirect" } },
    ],
    [
      "a redirect that keeps the method",
      { status: 307, headers: { location: "/x" } },
      { httpStatus: 307, error: { code: "redirect" } },
    ],
    ["a status of 304", { status: 304 }, { httpStatus: 304, error: { code: "redirect" } }],
    ["a status of 400", { status: 400 }, { httpStatus: 400, error: { code: "http_error" } }],
    ["a status of 410", { status: 410 }, { httpStatus: 410, error: { code: "http_error" } }],
    ["a status of 500", { status: 500, body: "oops" }, { httpStatus: 500, error: { code: "http_error" } }],
    ["a closed connection", "close", { httpStatus: null, error: { code: "connection_failed" } }],
    ["garbage", "garbage", { httpStatus: null, error: { code: "connection_failed" } }],
    ["a response that breaks off", "truncate", { httpStatus: 200, error: { code: "connection_failed" } }],
  ])("is not delivered for %s", async (_, reply, result) => {
    const hook = newHook([reply]);
    expect(await send(hook.url)).toMatchObject({ ok: false, ...result });
    // A followed redirect or an immediate retry would be a second call.
    expect(await hook.calls()).toHaveLength(1);
  });

  it("is a timeout for silence", async () => {
    const result = await send(newHook(["silence"]).url, { timeLimitMs: 200 });
    expect(result).toMatchObject({ ok: false, httpStatus: null, error: { code: "timeout" } });
    expect(result.error?.message).toContain("0.2 s");
  });

  it("is a timeout for a response that stops halfway", async () => {
    const { fetch, setTimeout } = globalThis;
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    vi.spyOn(globalThis, "fetch").mockImplementationOnce(async (...request) => {
      const response = await fetch(...request);
      // Its headers are there. Once the sender waits for the body, its time is up.
      setTimeout(() => vi.advanceTimersByTime(30_000));
      return response;
    });
    const result = await send(newHook(["stall"]).url);
    expect(result).toMatchObject({ ok: false, httpStatus: 200, error: { code: "timeout" } });
    expect(result.error?.message).toContain("30 s");
  });

  it("is delivered for an endless body, of which only 64 KB are read", async () => {
    const hook = newHook(["endless"]);
    expect(await send(hook.url)).toMatchObject({ ok: true, httpStatus: 200 });
    await expect.poll(async () => (await hook.calls())[0]?.endedAt).toBeTypeOf("number");
    // Sockets buffer a few MB on top.
    expect((await hook.calls())[0]?.endlessBytes).toBeLessThan(32 * 1024 * 1024);
  });

  it("is not delivered to a port on which nothing listens", async () => {
    const result = await send("http://127.0.0.1:9/");
    expect(result).toMatchObject({ ok: false, httpStatus: null, error: { code: "connection_failed" } });
  });

  it("does not show the password in the URL if an error quotes the URL", async () => {
    vi.spyOn(globalThis, "fetch").mockImplementationOnce(async (url) => {
      throw new TypeError(`Cannot load ${url}`);
    });
    const { error } = await send("http://user:password@127.0.0.1:9/");
    expect(error).toEqual({ code: "connection_failed", message: "Cannot load http://127.0.0.1:9/" });
  });

  it("is not delivered to a private address, which is not called", async () => {
    const hook = newHook();
    const guarded = { ...settings(env), ALLOW_PRIVATE_NETWORK: false };
    expect(await send(hook.url, { settings: guarded })).toMatchObject({
      ok: false,
      httpStatus: null,
      error: { code: "blocked_address", message: expect.stringContaining("127.0.0.1") },
    });
    expect(await hook.calls()).toEqual([]);
  });
});
