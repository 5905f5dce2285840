/** `GET /v1/retrieve` and hosted URLs. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { hostedPath } from "../../src/api/hosted-url.ts";
import { anonymous, items, newBatch, newCaller } from "./caller.ts";
import { type Ending, finish } from "./finish-items.ts";

const caller = await newCaller();
const mebibyte = 1024 * 1024;

async function rendered(endings: Record<number, Ending>): Promise<{ batch: string; ids: string[] }> {
  const { id } = await newBatch(caller, { items: items(Object.keys(endings).length) });
  await finish(caller.account.id, id, endings);
  const { body } = await caller.call("GET", `/v1/batches/${id}/items`);
  return { batch: id, ids: body.items.map((item: { retrieve_id: string | null }) => item.retrieve_id) };
}

const retrieve = (query: string) => caller.call("GET", `/v1/retrieve?${query}`);
const parts = {
  html: "<!DOCTYPE html><title>Ä</title><h1>Hello</h1>",
  markdown: "# Hello\n",
  text: "Hello\n",
  json: '{"title":"Hello"}',
};
const { batch, ids } = await rendered({
  0: { parts },
  1: { code: "http_error", message: "The site answered 500." },
  2: { parts: { text: "plain" } },
  3: { parts: { json: "[1, 2]" } },
});
const full = ids[0] ?? "";

const none = {
  html_content: null,
  markdown_content: null,
  json_content: null,
  text_content: null,
  html_hosted_url: null,
  markdown_hosted_url: null,
  json_hosted_url: null,
  text_hosted_url: null,
};
const hostedUrl = expect.stringMatching(/^https:\/\/trawl\.test\/hosted\//);
const html = { html_content: parts.html, html_hosted_url: hostedUrl };
const markdown = { markdown_content: parts.markdown, markdown_hosted_url: hostedUrl };
const json = { json_content: parts.json, json_hosted_url: hostedUrl };
const text = { text_content: parts.text, text_hosted_url: hostedUrl };

describe("formats", () => {
  const rows: [query: string, expected: object][] = [
    ["", { ...html, ...markdown, ...json, ...text }],
    ["&formats=html", html],
    ["&formats=markdown", markdown],
    ["&formats=json", json],
    ["&formats=text", text],
    ["&formats=html&formats=json", { ...html, ...json }],
    ["&formats=html,json", { ...html, ...json }],
    ["&formats=html,%20markdown", { ...html, ...markdown }],
    ["&formats[]=html&formats[]=text", { ...html, ...text }],
    ["&formats%5B%5D=html", html],
    ["&formats[]=html,text", { ...html, ...text }],
    ["&formats=html&formats=html", html],
    ['&formats=["html", "json"]', { ...html, ...json }],
    ["&formats=%5B%22html%22%2C+%22markdown%22%5D", { ...html, ...markdown }],
    ["&formats=[]", { ...html, ...markdown, ...json, ...text }],
    ["&formats=", { ...html, ...markdown, ...json, ...text }],
  ];
  it.each(rows)("are returned for retrieve_id=…%s", async (query, expected) => {
    const { status, body } = await retrieve(`retrieve_id=${full}${query}`);
    const about = { retrieve_id: full, url: "https://example.com/0", custom_id: "item-0", batch_id: batch };
    expect(body).toEqual({ ...about, ...none, ...expected, size_exceeded: false });
    expect(status).toBe(200);
  });

  it.each(["pdf", "HTML", "html,pdf", "html;json", "[html]", '["pdf"]', "[1]", '{"a":1}', "["])(
    "cannot be %s",
    async (formats) => {
      const { status, body } = await retrieve(`retrieve_id=${full}&formats=${encodeURIComponent(formats)}`);
      expect({ status, code: body.code }).toEqual({ status: 400, code: "validation_error" });
      expect(body.errors).toEqual([
        { path: "formats", code: expect.any(String), message: expect.any(String) },
      ]);
    },
  );

  it("are null if the page does not have them", async () => {
    const { body } = await retrieve(`retrieve_id=${ids[2]}`);
    expect(body).toMatchObject({ ...none, text_content: "plain", text_hosted_url: hostedUrl });
  });

  it("have an object at the root of json_content, even of an array stored by an earlier version", async () => {
    const { body } = await retrieve(`retrieve_id=${ids[3]}`);
    expect(body.json_content).toBe('{"items":[1, 2]}');
  });
});

describe("retrieve_id", () => {
  it.each(["", "formats=html", "retrieve_id=", "retrieve_id=a&retrieve_id=b"])(
    "must be given exactly once: %s",
    async (query) => {
      const { status, body } = await retrieve(query);
      expect({ status, code: body.code, path: body.errors[0].path }).toEqual({
        status: 400,
        code: "validation_error",
        path: "retrieve_id",
      });
    },
  );

  it("is named as the fault", async () => {
    expect((await retrieve("")).body.detail).toBe("retrieve_id: Is required.");
    expect((await retrieve("retrieve_id=a&retrieve_id=b")).body.detail).toBe(
      "retrieve_id: Must be given only once.",
    );
  });

  const part = full.split("_")[0];
  it.each([
    "x",
    "x_0",
    `${part}`,
    `${part}_`,
    `${part}_-1`,
    `${part}_00`,
    `${part}_1`,
    `${part}_4`,
    `${part}_999999999999`,
    "../secret",
    batch,
  ])("returns 404 if it names no content: %s", async (id) => {
    const { status, body } = await retrieve(`retrieve_id=${encodeURIComponent(id)}`);
    expect({ status, code: body.code }).toEqual({ status: 404, code: "content_not_found" });
  });
});

describe("contents", async () => {
  const sized = (bytes: number) => "x".repeat(bytes);
  const { ids } = await rendered({
    0: { parts: { html: sized(6 * mebibyte), text: "" } },
    1: { parts: { html: sized(6 * mebibyte), text: "x" } },
    2: { parts: { html: "é".repeat(3 * mebibyte + 1) } },
  });

  it("of 6 MiB in total are returned", async () => {
    const { body } = await retrieve(`retrieve_id=${ids[0]}&formats=html,text`);
    expect(body).toMatchObject({ size_exceeded: false, text_content: "" });
    expect(body.html_content).toHaveLength(6 * mebibyte);
  });

  it("of more than 6 MiB are null, with hosted URLs", async () => {
    const { body } = await retrieve(`retrieve_id=${ids[1]}&formats=html,text`);
    expect(body).toMatchObject({ ...none, html_hosted_url: hostedUrl, text_hosted_url: hostedUrl });
    expect(body.size_exceeded).toBe(true);
    const { text } = await anonymous("GET", body.html_hosted_url);
    expect(text).toHaveLength(6 * mebibyte);
  });

  it("count only if requested, in bytes, and once", async () => {
    expect((await retrieve(`retrieve_id=${ids[0]}&formats=html,html`)).body.size_exceeded).toBe(false);
    expect((await retrieve(`retrieve_id=${ids[1]}&formats=text`)).body.size_exceeded).toBe(false);
    expect((await retrieve(`retrieve_id=${ids[2]}&formats=html`)).body.size_exceeded).toBe(true);
  });
});

describe("a hosted URL", async () => {
  const { body } = await retrieve(`retrieve_id=${full}`);
  const url: string = body.html_hosted_url;

  const served: [field: string, content: string, type: string, file: RegExp][] = [
    ["html_hosted_url", parts.html, "text/html; charset=utf-8", /\.html"$/],
    ["markdown_hosted_url", parts.markdown, "text/markdown; charset=utf-8", /\.md"$/],
    ["json_hosted_url", parts.json, "application/json; charset=utf-8", /\.json"$/],
    ["text_hosted_url", parts.text, "text/plain; charset=utf-8", /\.txt"$/],
  ];
  it.each(served)("serves the content without an API key: %s", async (field, content, type, file) => {
    const { status, text, headers } = await anonymous("GET", body[field]);
    expect({ status, text, type: headers.get("Content-Type") }).toEqual({ status: 200, text: content, type });
    expect(headers.get("Content-Disposition")).toMatch(file);
    expect(headers.get("Content-Security-Policy")).toMatch(/^sandbox; default-src 'none';/);
    expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(headers.get("ETag")).toMatch(/^"[^"]+"$/);
    expect(headers.get("Accept-Ranges")).toBe("bytes");
  });

  it("returns only the headers for HEAD", async () => {
    const { status, text, headers } = await anonymous("HEAD", url);
    expect({ status, text }).toEqual({ status: 200, text: "" });
    expect(headers.get("Content-Type")).toBe("text/html; charset=utf-8");
  });

  it("returns 304 if the client has the current version", async () => {
    const tag = (await anonymous("GET", url)).headers.get("ETag") ?? "";
    const { status, text } = await anonymous("GET", url, { headers: { "If-None-Match": tag } });
    expect({ status, text }).toEqual({ status: 304, text: "" });
    expect((await anonymous("GET", url, { headers: { "If-None-Match": '"other"' } })).status).toBe(200);
  });

  const size = new TextEncoder().encode(parts.html).length;
  const ranges: [range: string, status: number, start: number, end: number][] = [
    ["bytes=0-4", 206, 0, 4],
    ["bytes=5-", 206, 5, size - 1],
    ["bytes=-6", 206, size - 6, size - 1],
    ["bytes=0-0", 206, 0, 0],
    [`bytes=0-${size + 100}`, 206, 0, size - 1],
    [`bytes=-${size + 100}`, 206, 0, size - 1],
    ["bytes=0-1,3-4", 200, 0, size - 1],
    ["lines=0-1", 200, 0, size - 1],
    ["bytes=4-2", 200, 0, size - 1],
    ["bytes=-", 200, 0, size - 1],
    ["nonsense", 200, 0, size - 1],
  ];
  it.each(ranges)("handles Range: %s with %i", async (range, status, start, end) => {
    const answer = await anonymous("GET", url, { headers: { Range: range } });
    const bytes = new TextEncoder().encode(parts.html).slice(start, end + 1);
    expect(answer.status).toBe(status);
    expect(answer.text).toBe(new TextDecoder().decode(bytes));
    const contentRange = status === 206 ? `bytes ${start}-${end}/${size}` : null;
    expect(answer.headers.get("Content-Range")).toBe(contentRange);
  });

  it.each([`bytes=${size}-`, `bytes=${size}-${size + 5}`, "bytes=-0"])(
    "returns 416 for the unsatisfiable range %s",
    async (range) => {
      const { status, headers, body } = await anonymous("GET", url, { headers: { Range: range } });
      expect({ status, code: body.code }).toEqual({ status: 416, code: "range_not_satisfiable" });
      expect(headers.get("Content-Range")).toBe(`bytes */${size}`);
    },
  );

  it("returns the whole content if If-Range names another version", async () => {
    const tag = (await anonymous("GET", url)).headers.get("ETag") ?? "";
    const ranged = (version: string) =>
      anonymous("GET", url, { headers: { Range: "bytes=0-1", "If-Range": version } });
    expect((await ranged(tag)).status).toBe(206);
    expect((await ranged('"other"')).status).toBe(200);
  });

  const altered: [what: string, alter: (url: URL) => void][] = [
    [
      "another format",
      (url) => {
        url.pathname = url.pathname.replace("/html", "/json");
      },
    ],
    [
      "another item",
      (url) => {
        url.pathname = url.pathname.replace("_0/", "_2/");
      },
    ],
    [
      "a later expiry",
      (url) => url.searchParams.set("expires", String(Number(url.searchParams.get("expires")) + 1)),
    ],
    ["another account", (url) => url.searchParams.set("account", "acct_other")],
    ["another signature", (url) => url.searchParams.set("signature", "A".repeat(43))],
    ["a malformed signature", (url) => url.searchParams.set("signature", "é")],
    [
      "an unknown format",
      (url) => {
        url.pathname = url.pathname.replace("/html", "/links");
      },
    ],
  ];
  it.each(altered)("cannot be altered: %s", async (_what, alter) => {
    const other = new URL(url);
    alter(other);
    const { status, body } = await anonymous("GET", other.href);
    expect({ status, code: body.code }).toEqual({ status: 404, code: "content_not_found" });
  });

  it.each(["account", "expires", "signature"])("requires its %s", async (name) => {
    const other = new URL(url);
    other.searchParams.delete(name);
    const { status, body } = await anonymous("GET", other.href);
    expect({ status, path: body.errors[0].path }).toEqual({ status: 400, path: name });
  });

  it("works for 7 days", () => {
    const expires = Number(new URL(url).searchParams.get("expires"));
    expect(Math.abs(expires - Date.now() / 1000 - 7 * 24 * 3600)).toBeLessThan(60);
  });

  it("does not work once it has expired", async () => {
    const expires = Math.floor(Date.now() / 1000) - 1;
    const content = { accountId: caller.account.id, retrieveId: full, format: "html" as const, expires };
    const answer = await anonymous("GET", await hostedPath(env.URL_SIGNING_SECRET, content));
    expect({ status: answer.status, code: answer.body.code }).toEqual({
      status: 404,
      code: "content_not_found",
    });
    expect(answer.body.detail).toMatch(/expired/);
  });

  it("does not work with another deployment's secret", async () => {
    expect((await anonymous("GET", url, { env: { URL_SIGNING_SECRET: "another".repeat(5) } })).status).toBe(
      404,
    );
  });
});

describe("expired content", async () => {
  const { batch, ids } = await rendered({ 0: { parts } });
  const { body } = await retrieve(`retrieve_id=${ids[0]}`);
  await env.DB.prepare("UPDATE batches SET content_removed_at = ? WHERE id = ?")
    .bind(Date.UTC(2026, 0, 2), batch)
    .run();

  it("returns 404 with a detail that says when it was removed", async () => {
    const answer = await retrieve(`retrieve_id=${ids[0]}`);
    expect({ status: answer.status, code: answer.body.code }).toEqual({
      status: 404,
      code: "content_not_found",
    });
    expect(answer.body.detail).toMatch(/has expired; it was removed on 2026-01-02/);
  });

  it("returns 404 for its hosted URLs", async () => {
    const answer = await anonymous("GET", body.html_hosted_url);
    expect(answer.status).toBe(404);
    expect(answer.body.detail).toMatch(/has expired/);
  });
});
