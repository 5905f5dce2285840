import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Site, startSite } from "../../site/server.ts";

let site: Site;

beforeEach(async () => {
  site = await startSite();
});

afterEach(() => site.close());

const get = (path: string, init: RequestInit = {}) =>
  fetch(site.origin + path, { signal: AbortSignal.timeout(5000), ...init });

describe("recorded requests", () => {
  it("have method, path, headers and time", async () => {
    const before = Date.now();
    await get("/tiny/1?a=b", { headers: { "accept-language": "pt-PT" } });
    expect(site.requests).toMatchObject([
      { method: "GET", path: "/tiny/1?a=b", headers: { "accept-language": "pt-PT" } },
    ]);
    expect(site.requests[0]?.at).toBeGreaterThanOrEqual(before);
  });

  it("are limited to the last 10,000", async () => {
    const socket = connect(site.port, "127.0.0.1");
    const requests = Array.from(
      { length: 10_050 },
      (_, n) => `HEAD /tiny/${n + 1} HTTP/1.1\r\nhost: site\r\n\r\n`,
    );
    socket.write(`${requests.join("")}HEAD /last HTTP/1.1\r\nhost: site\r\nconnection: close\r\n\r\n`);
    await text(socket);
    expect(site.requests).toHaveLength(10_000);
    expect(site.requests[0]?.path).toBe("/tiny/52");
    expect(site.requests.at(-1)?.path).toBe("/last");
  }, 20_000);

  it("are cleared by reset, along with the counters of flaky pages", async () => {
    const flaky = "/fault/flaky/7?fail=1&status=500";
    expect((await get(flaky)).status).toBe(500);
    expect((await get(flaky)).status).toBe(200);
    site.reset();
    expect(site.requests).toEqual([]);
    expect((await get(flaky)).status).toBe(500);
  });
});

describe("the site rejects", () => {
  it("unknown paths and methods", async () => {
    expect((await get("/nowhere")).status).toBe(404);
    const answer = await get("/tiny/1", { method: "POST" });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  it("files of packages that no page uses, and files outside packages", async () => {
    expect((await get("/modules/vue/dist/vue.esm-browser.prod.js")).status).toBe(200);
    expect((await get("/modules/typescript/package.json")).status).toBe(404);
    expect((await get("/modules/vue/%2e%2e/typescript/package.json")).status).toBe(404);
    expect((await get("/modules/vue/..%2f..%2fpackage.json")).status).toBe(404);
  });
});

describe("faults", () => {
  it("responds with any status, and with Retry-After where it applies", async () => {
    const tooMany = await get("/fault/status/429");
    expect([tooMany.status, tooMany.headers.get("retry-after")]).toEqual([429, "1"]);
    const busy = await get("/fault/status/500?retry-after=7");
    expect([busy.status, busy.headers.get("retry-after")]).toEqual([500, "7"]);
    expect((await get("/fault/status/204")).status).toBe(204);
    expect((await get("/fault/status/99")).status).toBe(400);
  });

  it("flaky pages fail a given number of times, by status or by reset, then work", async () => {
    const statuses = async (path: string) => [
      (await get(path)).status,
      (await get(path)).status,
      (await get(path)).status,
    ];
    expect(await statuses("/fault/flaky/1")).toEqual([503, 503, 200]);
    expect(await statuses("/fault/flaky/2?fail=1&status=429")).toEqual([429, 200, 200]);
    await expect(get("/fault/flaky/3?fail=1&status=reset")).rejects.toThrow("fetch failed");
    expect((await get("/fault/flaky/3?fail=1&status=reset")).status).toBe(200);
  });

  it.each(["reset", "empty", "bad-header", "not-http", "redirect-loop"])(
    "%s sends no readable response",
    async (name) => {
      await expect(get(`/fault/${name}`)).rejects.toThrow("fetch failed");
    },
  );

  it("hang sends nothing", async () => {
    await expect(get("/fault/hang", { signal: AbortSignal.timeout(200) })).rejects.toThrow("timeout");
  });

  it.each(["hang-body", "drip"])("%s sends the start of a page, then almost nothing", async (name) => {
    const answer = await get(`/fault/${name}`, { signal: AbortSignal.timeout(300) });
    const reader = answer.body?.getReader();
    expect((await reader?.read())?.value?.length).toBeGreaterThan(30);
    await expect(reader?.read()).rejects.toThrow("timeout");
  });

  it.each(["truncated", "bad-gzip"])("%s sends an incomplete body", async (name) => {
    await expect(get(`/fault/${name}`).then((answer) => answer.text())).rejects.toThrow();
  });

  it.each(["huge", "huge?declared", "bomb"])(
    "%s sends 200 MB",
    async (name) => {
      let bytes = 0;
      for await (const piece of (await get(`/fault/${name}`, { signal: AbortSignal.timeout(20_000) })).body ??
        []) {
        bytes += piece.length;
      }
      expect(bytes).toBe(200 * 1024 * 1024);
    },
    25_000,
  );

  it("huge sends its length on request", async () => {
    const stop = new AbortController();
    const answer = await get("/fault/huge?declared", { signal: stop.signal });
    expect(answer.headers.get("content-length")).toBe(String(200 * 1024 * 1024));
    stop.abort();
  });

  it("events sends a stream of events", async () => {
    const stop = new AbortController();
    const answer = await get("/fault/events", { signal: stop.signal });
    expect(answer.headers.get("content-type")).toBe("text/event-stream");
    const first = await answer.body?.getReader().read();
    expect(new TextDecoder().decode(first?.value)).toBe("data: Event 1\n\n");
    stop.abort();
  });
});

it("closes even with open connections", async () => {
  const ends = ["/fault/hang", "/fault/drip", "/fault/huge", "/fault/events"].map((path) =>
    get(path)
      .then((answer) => answer.text())
      .catch((thrown: Error) => thrown),
  );
  await expect.poll(() => site.requests.length).toBe(4);
  await site.close();
  for (const end of await Promise.all(ends)) expect(end).toBeInstanceOf(Error);
  await expect(get("/tiny/1")).rejects.toThrow("fetch failed");
});

it("listens on the given port, and rejects if it is in use", async () => {
  await expect(startSite({ port: site.port })).rejects.toThrow("EADDRINUSE");
  const { port } = site;
  await site.close();
  site = await startSite({ port });
  expect(site.origin).toBe(`http://127.0.0.1:${port}`);
});
