import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Receiver, startReceiver } from "../../receiver/server.ts";

let receiver: Receiver;

beforeEach(async () => {
  receiver = await startReceiver();
});

afterEach(() => receiver.close());

const post = (body: string, path = "/webhook", init: RequestInit = {}) =>
  fetch(receiver.origin + path, {
    method: "POST",
    body,
    headers: { "content-type": "application/json" },
    redirect: "manual",
    signal: AbortSignal.timeout(5000),
    ...init,
  });

describe("recorded calls", () => {
  it("have method, path, headers, body and JSON, in order", async () => {
    const before = Date.now();
    await post('{"id":"event_1"}', "/webhook?from=test");
    await post("not json");
    expect(receiver.calls).toMatchObject([
      {
        index: 0,
        method: "POST",
        path: "/webhook?from=test",
        body: '{"id":"event_1"}',
        json: { id: "event_1" },
      },
      { index: 1, path: "/webhook", body: "not json", json: undefined },
    ]);
    expect(receiver.calls[0]?.headers["content-type"]).toBe("application/json");
    expect(receiver.calls[0]?.at).toBeGreaterThanOrEqual(before);
  });

  it("are cleared by reset", async () => {
    await post("{}");
    receiver.reset();
    expect(receiver.calls).toEqual([]);
  });
});

describe("waitFor", () => {
  it("finds a past call", async () => {
    await post("{}", "/past");
    await expect(receiver.waitFor(({ path }) => path === "/past")).resolves.toMatchObject({ path: "/past" });
  });

  it("resolves when the call arrives", async () => {
    const second = receiver.waitFor(({ index }) => index === 1);
    await post("{}", "/one");
    await post("{}", "/two");
    await expect(second).resolves.toMatchObject({ path: "/two" });
  });

  it("finds a call whose response has ended", async () => {
    receiver.respondWith(() => "silence");
    const hangUp = new AbortController();
    const call = post("{}", "/webhook", { signal: hangUp.signal }).catch(() => {});
    const received = await receiver.waitFor(() => true);
    expect(received.endedAt).toBeNull();
    hangUp.abort();
    const ended = await receiver.waitFor(({ endedAt }) => endedAt !== null);
    expect(ended.endedAt).toBeGreaterThanOrEqual(received.at);
    await call;
  });

  it("rejects after its timeout, and lists the calls so far", async () => {
    await post("{}", "/other");
    await expect(receiver.waitFor(() => false, 20)).rejects.toThrow(
      "within 20 ms. Calls so far: POST /other",
    );
  });

  it("rejects when the receiver closes", async () => {
    const waiting = expect(receiver.waitFor(() => true)).rejects.toThrow("before the receiver closed");
    await receiver.close();
    await waiting;
  });
});

describe("the receiver responds", () => {
  it("with 200 by default", async () => {
    expect((await post("{}")).status).toBe(200);
  });

  it("with a status, headers and body that depend on the call", async () => {
    receiver.respondWith(({ index }) => (index === 0 ? { status: 503, body: "later" } : { status: 204 }));
    const first = await post("{}");
    expect([first.status, await first.text()]).toEqual([503, "later"]);
    expect((await post("{}")).status).toBe(204);
  });

  it("with a redirect", async () => {
    receiver.respondWith(() => ({ status: 302, headers: { location: "/elsewhere" } }));
    const answer = await post("{}");
    expect([answer.status, answer.headers.get("location")]).toEqual([302, "/elsewhere"]);
  });

  it("after a delay", async () => {
    receiver.respondWith(() => ({ delayMs: 150 }));
    const started = performance.now();
    await post("{}");
    expect(performance.now() - started).toBeGreaterThanOrEqual(149);
  });

  it.each(["close", "garbage"] as const)("without HTTP: %s", async (reply) => {
    receiver.respondWith(() => reply);
    await expect(post("{}")).rejects.toThrow("fetch failed");
    expect(receiver.calls).toHaveLength(1);
  });

  it("with an incomplete body: truncate", async () => {
    receiver.respondWith(() => "truncate");
    const answer = await post("{}");
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
  });

  it("with the start of a body, then nothing: stall", async () => {
    receiver.respondWith(() => "stall");
    const client = new AbortController();
    const answer = await post("{}", "/webhook", { signal: client.signal });
    expect(answer.status).toBe(200);
    const body = answer.text();
    setTimeout(() => client.abort(), 100);
    await expect(body).rejects.toThrow("abort");
  });

  it("with nothing until the client disconnects: silence", async () => {
    receiver.respondWith(() => "silence");
    await expect(post("{}", "/webhook", { signal: AbortSignal.timeout(100) })).rejects.toThrow("timeout");
  });

  it("with a body that only ends when the client disconnects: endless", async () => {
    receiver.respondWith(() => "endless");
    const answer = await post("{}");
    let read = 0;
    for await (const piece of answer.body ?? []) {
      read += piece.length;
      if (read > 5_000_000) break;
    }
    expect(read).toBeGreaterThan(5_000_000);
    const { endlessBytes } = await receiver.waitFor(({ endedAt }) => endedAt !== null);
    expect(endlessBytes).toBeGreaterThanOrEqual(read);
  });
});

it("closes even with open connections", async () => {
  receiver.respondWith(() => "silence");
  const hanging = post("{}").catch((thrown: Error) => thrown);
  await receiver.waitFor(() => true);
  await receiver.close();
  await expect(hanging).resolves.toBeInstanceOf(Error);
  await expect(fetch(receiver.origin)).rejects.toThrow("fetch failed");
});
