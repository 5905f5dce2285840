/** `GET /v1/batches/{id}/export`. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import worker from "../../src/index.ts";
import { items, newBatch, newCaller, origin } from "./caller.ts";
import { completed, type Ending, finish } from "./finish-items.ts";

const caller = await newCaller();
const failure: Ending = { code: "http_error", message: "The site answered 500." };

interface Line {
  custom_id: string;
  cursor: number;
  [name: string]: unknown;
}

const linesOf = (text: string): Line[] => {
  expect(text === "" || text.endsWith("\n")).toBe(true);
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
};

const get = (batch: string, query = "", overrides: Record<string, string> = {}) =>
  caller.call("GET", `/v1/batches/${batch}/export${query}`, { env: overrides });

async function finishedBatch(endings: Record<number, Ending>, request: object = {}): Promise<string> {
  const { id } = await newBatch(caller, { items: items(Object.keys(endings).length), ...request });
  await finish(caller.account.id, id, endings);
  await completed(caller.account.id, id);
  return id;
}

/** The path of the next part, as the `Link` header names it. */
function nextOf(headers: Headers): string | undefined {
  const [, url] = /^<([^>]+)>; rel="next"$/.exec(headers.get("Link") ?? "") ?? [];
  return url?.slice(new URL(url).origin.length);
}

describe("an export", async () => {
  // Every width of character in UTF-8, and what JSON escapes.
  const wide = 'ä€😀"\\\u2028\u0001\n'.repeat(30_000);
  const id = await finishedBatch({
    0: { parts: { html: "<h1>Hello</h1><p>World</p>" } },
    1: failure,
    2: { parts: { text: wide, markdown: "small", json: `[${JSON.stringify("x".repeat(200_000))}]` } },
    3: { parts: { json: " [1, 2]", text: "" } },
  });

  it("has the items as they are listed, with the contents in the formats asked for", async () => {
    const { body: list } = await caller.call("GET", `/v1/batches/${id}/items`);
    const { text, headers } = await get(id, "?formats=markdown,text");
    expect(headers.get("Content-Type")).toBe("application/x-ndjson; charset=utf-8");
    expect(headers.has("Link")).toBe(false);
    const contents = [
      { markdown_content: "# Hello\n\nWorld\n", text_content: "Hello\n\nWorld\n" },
      { markdown_content: null, text_content: null },
      { markdown_content: "small", text_content: wide },
      { markdown_content: null, text_content: "" },
    ];
    expect(linesOf(text)).toEqual(
      list.items.map((item: object, i: number) => ({ ...item, cursor: i + 1, ...contents[i] })),
    );
  });

  it("has all formats if none is asked for, and JSON with an object at its root", async () => {
    const lines = linesOf((await get(id)).text);
    expect(lines[0]).toMatchObject({ html_content: "<h1>Hello</h1><p>World</p>", json_content: null });
    expect(JSON.parse(String(lines[2]?.json_content))).toEqual({ items: ["x".repeat(200_000)] });
    expect(JSON.parse(String(lines[3]?.json_content))).toEqual({ items: [1, 2] });
  });

  it("can be limited to items of a status", async () => {
    const ids = async (query: string) => linesOf((await get(id, query)).text).map((line) => line.custom_id);
    expect(await ids("?status=failed")).toEqual(["item-1"]);
    expect(await ids("?status=completed")).toEqual(["item-0", "item-2", "item-3"]);
  });

  it("gives the same bytes when it is cut anywhere and resumed", async () => {
    const { text: whole } = await get(id);
    const bytes = new TextEncoder().encode(whole);
    const cuts = [0, 1, 100, bytes.length / 2, bytes.length - 1, bytes.length].map(Math.floor);
    for (const cut of cuts) {
      const kept = new TextDecoder().decode(bytes.slice(0, bytes.lastIndexOf(10, cut - 1) + 1));
      const last = linesOf(cut === 0 ? "" : kept).at(-1)?.cursor ?? 0;
      const { text: rest } = await get(id, `?cursor=${last}`);
      expect((cut === 0 ? "" : kept) + rest).toBe(whole);
    }
  });

  it("comes in parts that name the next one, as many as its calls allow", async () => {
    const { text: whole } = await get(id, "?formats=html");
    const parts: string[] = [];
    let path: string | undefined = `/v1/batches/${id}/export?formats=html`;
    while (path !== undefined) {
      const { text, headers } = await caller.call("GET", path, { env: { EXPORT_CALLS: "7" } });
      parts.push(text);
      path = nextOf(headers);
    }
    expect(parts.map((part) => linesOf(part).length)).toEqual([2, 2]);
    expect(parts.join("")).toBe(whole);
  });

  it("is compressed for a client that accepts it, and only then", async () => {
    const { text: whole } = await get(id);
    const answer = async (accepted: string) => {
      const headers = { Authorization: `Bearer ${caller.key}`, "Accept-Encoding": accepted };
      const request = new Request<unknown, IncomingRequestCfProperties>(`${origin}/v1/batches/${id}/export`, {
        headers,
      });
      const ctx = createExecutionContext();
      const { headers: sent, body } = await worker.fetch(request, env, ctx);
      const isZipped = sent.get("Content-Encoding") === "gzip";
      const bytes = await new Response(body).bytes();
      await waitOnExecutionContext(ctx);
      return { isZipped, bytes };
    };
    const { isZipped, bytes } = await answer("br;q=1.0, gzip;q=0.8");
    expect(isZipped).toBe(true);
    const unzipped = new Response(bytes).body?.pipeThrough(new DecompressionStream("gzip"));
    expect(await new Response(unzipped).text()).toBe(whole);
    expect(bytes.length).toBeLessThan(whole.length / 10);
    for (const accepted of ["", "br", "gzip;q=0"]) expect((await answer(accepted)).isZipped).toBe(false);
  });

  it("answers HEAD with its headers", async () => {
    const { status, headers, text } = await caller.call("HEAD", `/v1/batches/${id}/export`);
    expect({ status, text, type: headers.get("Content-Type") }).toEqual({
      status: 200,
      text: "",
      type: "application/x-ndjson; charset=utf-8",
    });
  });

  it("shows links if the batch asked for them", async () => {
    const page = { parts: { html: "<a href='/a'>a</a>", links: '["https://example.com/a"]' } };
    const withLinks = await finishedBatch({ 0: page, 1: failure }, { links_on_page: {} });
    const lines = linesOf((await get(withLinks, "?formats=html")).text);
    expect(lines.map((line) => line.links_on_page)).toEqual([["https://example.com/a"], undefined]);
  });

  it("has no content once the content has expired", async () => {
    const old = await finishedBatch({ 0: { parts: { text: "old" } } });
    await env.DB.prepare("UPDATE batches SET content_removed_at = 1 WHERE id = ?").bind(old).run();
    expect(linesOf((await get(old, "?formats=text")).text)).toMatchObject([{ text_content: null }]);
  });
});

describe("the export of a running batch", () => {
  it("has what has finished, and goes on from there", async () => {
    const { id } = await newBatch(caller, { items: items(3) });
    const empty = await get(id, "?formats=text");
    expect([empty.text, nextOf(empty.headers)]).toEqual(["", undefined]);
    await finish(caller.account.id, id, { 2: { parts: { text: "two" } } });
    const first = await get(id, "?formats=text");
    expect(linesOf(first.text).map((line) => line.custom_id)).toEqual(["item-2"]);
    const next = nextOf(first.headers);
    expect(next).toBe(`/v1/batches/${id}/export?formats=text&cursor=1`);
    await finish(caller.account.id, id, { 0: failure });
    const second = await caller.call("GET", next ?? "");
    expect(linesOf(second.text).map((line) => line.custom_id)).toEqual(["item-0"]);
  });
});

describe("an export is refused", () => {
  it.each([
    ["?status=done", "status: Must be `completed` or `failed`. Omit it for both."],
    ["?cursor=x", 'cursor: Must be a whole number, at least 0; got "x".'],
    ["?formats=pdf", 'formats: Must be one or more of `html`, `markdown`, `json`, `text`; got "pdf".'],
  ])("with %s", async (query, detail) => {
    const { id } = await newBatch(caller);
    expect((await get(id, query)).body).toMatchObject({ status: 400, code: "validation_error", detail });
  });

  it("for another account's batch", async () => {
    const { id } = await newBatch(await newCaller());
    expect((await get(id)).body).toMatchObject({ status: 404, code: "batch_not_found" });
  });
});
