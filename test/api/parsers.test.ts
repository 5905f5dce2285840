/** `/v1/parsers`: own parsers, their versions, who sees them, and trying them. */
import { env } from "cloudflare:workers";
import { describe, expect, inject, it } from "vitest";
import { app } from "../../src/api/app.ts";
import { findAccountByName } from "../../src/db/accounts.ts";
import { findBatch } from "../../src/db/batches.ts";
import { database } from "../../src/db/client.ts";
import { pageJson } from "../../src/parsers/page-json.ts";
import type { Env } from "../../src/settings.ts";
import { type Answer, type Caller, items, newBatch, newCaller, origin } from "./caller.ts";
import { completed } from "./finish-items.ts";

const kettles = {
  name: "Kettles",
  baseSelector: "li.card",
  fields: [
    { name: "title", selector: "h2", type: "text", required: true },
    { name: "price", selector: ".price", type: "text", transform: "price" },
  ],
};

const card =
  '<ul><li class="card"><h2>Copper kettle</h2><p class="price">€89.50</p></li><li class="card"></li></ul>';
const url = "https://shop.example/kettles";

async function newParser({ call }: Caller, body: object = kettles): Promise<string> {
  const { status, body: parser, text } = await call("POST", "/v1/parsers", { body });
  if (status !== 201) throw new Error(text);
  return parser.id;
}

describe("an own parser", () => {
  it("is made, read and listed as it was sent, with its defaults filled in", async () => {
    const caller = await newCaller();
    const made = await caller.call("POST", "/v1/parsers", { body: kettles });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      ...{ object: "parser", version: 1, built_in: false, aliases: [], credits: 1, url_patterns: [] },
      ...kettles,
    });
    expect(made.body.id).toMatch(/^parser_[0-9A-Za-z]{22}$/);
    const read = await caller.call("GET", `/v1/parsers/${made.body.id}`);
    expect(read.body).toEqual(made.body);
    const listed = await caller.call("GET", "/v1/parsers");
    const { baseSelector, fields, ...summary } = made.body;
    expect(listed.body.data[0]).toEqual(summary);
    expect(listed.body.data.slice(1).every((parser: { built_in: boolean }) => parser.built_in)).toBe(true);
  });

  it("gets a version with each change, and keeps those before", async () => {
    const caller = await newCaller();
    const id = await newParser(caller);
    const changed = { ...kettles, name: "All kettles", credits: 3 };
    const put = await caller.call("PUT", `/v1/parsers/${id}`, { body: changed });
    expect(put.body).toMatchObject({ id, version: 2, name: "All kettles", credits: 3 });
    expect((await caller.call("GET", `/v1/parsers/${id}`)).body.version).toBe(2);
    expect((await caller.call("GET", `/v1/parsers/${id}?version=1`)).body).toMatchObject({
      version: 1,
      name: "Kettles",
    });
    expect((await caller.call("GET", `/v1/parsers/${id}?version=3`)).status).toBe(404);
    const { data } = (await caller.call("GET", "/v1/parsers")).body;
    expect(data.filter((parser: { id: string }) => parser.id === id)).toMatchObject([{ version: 2 }]);
  });

  it("can be sent back as it was read", async () => {
    const caller = await newCaller();
    const { body } = await caller.call("GET", `/v1/parsers/${await newParser(caller)}`);
    const put = await caller.call("PUT", `/v1/parsers/${body.id}`, { body });
    expect(put.body).toEqual({ ...body, version: 2, created: expect.any(Number) });
  });

  it("gets different versions from two changes at the same time", async () => {
    const caller = await newCaller();
    const id = await newParser(caller);
    const puts = await Promise.all(
      [1, 2, 3, 4].map(() => caller.call("PUT", `/v1/parsers/${id}`, { body: kettles })),
    );
    expect(puts.map(({ body }) => body.version).sort()).toEqual([2, 3, 4, 5]);
  });

  it("is gone when deleted, for all but the batches that have begun with it", async () => {
    const caller = await newCaller();
    const id = await newParser(caller);
    const batch = await newBatch(caller, { items: items(1), parser: { id } });
    const deleted = await caller.call("DELETE", `/v1/parsers/${id}`);
    expect(deleted.body).toEqual({ id, object: "parser", deleted: true });
    for (const method of ["GET", "DELETE"]) {
      expect((await caller.call(method, `/v1/parsers/${id}`)).body).toMatchObject({
        status: 404,
        code: "not_found",
      });
    }
    expect((await caller.call("PUT", `/v1/parsers/${id}`, { body: kettles })).status).toBe(404);
    const { body } = await caller.call("POST", "/v1/batches", { body: { items: items(1), parser: { id } } });
    expect(body).toMatchObject({ status: 400, code: "parser_not_found" });
    expect(body.detail).toContain("No parser with this name and/or version found");
    expect(await jsonOf(caller, batch.id)).toEqual([
      { title: "Copper kettle", price: { amount: 89.5, currency: "EUR" } },
    ]);
  });

  it("belongs to its account alone", async () => {
    const [owner, other] = [await newCaller(), await newCaller()];
    const id = await newParser(owner);
    for (const [method, path, body] of [
      ["GET", `/v1/parsers/${id}`],
      ["PUT", `/v1/parsers/${id}`, kettles],
      ["DELETE", `/v1/parsers/${id}`],
      ["POST", `/v1/parsers/${id}/test`, { url, html: card }],
    ] as const) {
      expect((await other.call(method, path, { body })).body).toMatchObject({
        status: 404,
        code: "not_found",
      });
    }
    const { data } = (await other.call("GET", "/v1/parsers")).body;
    expect(data.every((parser: { built_in: boolean }) => parser.built_in)).toBe(true);
    const batch = await other.call("POST", "/v1/batches", { body: { items: items(1), parser: { id } } });
    expect(batch.body.code).toBe("parser_not_found");
    expect((await owner.call("GET", `/v1/parsers/${id}`)).body.version).toBe(1);
  });

  it("keeps a batch to the version and the price that it started with", async () => {
    const caller = await newCaller({ creditLimit: 10 });
    const id = await newParser(caller, { ...kettles, credits: 4 });
    const batch = await newBatch(caller, { items: items(2), parser: { id } });
    expect(batch).toMatchObject({ parser: id, batch_parser: id });
    const body = { ...kettles, credits: 1, fields: [{ name: "other", selector: "h2", type: "text" }] };
    await caller.call("PUT", `/v1/parsers/${id}`, { body });
    const kept = await findBatch(database(env.DB), caller.account.id, batch.id);
    expect(kept).toMatchObject({ parserVersion: 1, creditsPerPage: 4 });
    expect(await jsonOf(caller, batch.id)).toEqual([
      { title: "Copper kettle", price: { amount: 89.5, currency: "EUR" } },
    ]);
    const older = { items: items(1), parser: { id, version: 1 } };
    expect((await caller.call("POST", "/v1/batches", { body: older })).body.code).toBe("credits_exhausted");
    await newBatch(caller, { items: items(2), parser: { id } });
  });
});

/** What the batch's parser makes of a page now. */
async function jsonOf({ account }: Caller, batchId: string): Promise<unknown> {
  const batch = await findBatch(database(env.DB), account.id, batchId);
  const job = {
    ...{ batchId, accountId: account.id, country: null, linksOnPage: null },
    parser: { id: batch?.parserId ?? "", version: batch?.parserVersion ?? 0 },
  };
  return JSON.parse((await pageJson(env.DB, job, { html: card, url })) ?? "null");
}

describe("a document that breaks rules", () => {
  const field = { name: "a", type: "text" };
  const faults: [what: string, body: object, path: string, message: RegExp][] = [
    ["no name", { fields: [field] }, "name", /Must be a string; got nothing/],
    ["no fields", { name: "x" }, "fields", /Must be an array; got nothing/],
    ["an empty list of fields", { name: "x", fields: [] }, "fields", /at least 1 element; got 0/],
    ["a price of nothing", { name: "x", credits: 0, fields: [field] }, "credits", /at least 1; got 0/],
    [
      "a price of half a credit",
      { name: "x", credits: 1.5, fields: [field] },
      "credits",
      /a whole number; got 1.5/,
    ],
    [
      "a broken selector",
      { name: "x", baseSelector: "li[", fields: [field] },
      "baseSelector",
      /CSS selector; "li\[" was given/,
    ],
    ["XPath", { name: "x", fields: [{ ...field, selector: "//li" }] }, "fields[0].selector", /XPath/],
    [
      "an unknown type",
      { name: "x", fields: [{ name: "a", type: "texts" }] },
      "fields[0].type",
      /one of text, attribute.*"texts" was given/,
    ],
    [
      "a computed field",
      { name: "x", fields: [{ name: "a", type: "computed", expression: "1" }] },
      "fields[0].type",
      /Python/,
    ],
    [
      "no attribute",
      { name: "x", fields: [{ name: "a", type: "attribute" }] },
      "fields[0].attribute",
      /Must be there/,
    ],
    [
      "a broken pattern",
      { name: "x", fields: [{ name: "a", type: "regex", pattern: "(" }] },
      "fields[0].pattern",
      /RE2/,
    ],
    [
      "look-ahead",
      { name: "x", fields: [{ name: "a", type: "regex", pattern: "a(?=b)" }] },
      "fields[0].pattern",
      /RE2/,
    ],
    [
      "a group that is not there",
      { name: "x", fields: [{ name: "a", type: "regex", pattern: "(a)", group: 2 }] },
      "fields[0].group",
      /at most 1.*2 was given/,
    ],
    [
      "an unknown transform",
      { name: "x", fields: [{ ...field, transform: "upper" }] },
      "fields[0].transform",
      /trim, strip/,
    ],
    [
      "text after a number",
      { name: "x", fields: [{ ...field, transform: ["number", "trim"] }] },
      "fields[0].transform[0]",
      /last/,
    ],
    ["a name that comes twice", { name: "x", fields: [field, field] }, "fields[1].name", /unique/],
    [
      "a nested field without fields",
      { name: "x", fields: [{ name: "a", type: "nested", selector: "p" }] },
      "fields[0].fields",
      /Must be there/,
    ],
    [
      "a fault within",
      {
        name: "x",
        fields: [{ name: "a", type: "nested", fields: [{ name: "b", type: "text", selector: ">>" }] }],
      },
      "fields[0].fields[0].selector",
      /CSS selector/,
    ],
  ];

  it.each(faults)("%s is refused, and named", async (_what, body, path, message) => {
    const { call } = await newCaller();
    const answer = await call("POST", "/v1/parsers", { body });
    expect(answer.body).toMatchObject({ status: 400, code: "validation_error" });
    const fault = answer.body.errors.find((error: { path: string }) => error.path === path);
    expect(fault?.message, answer.text).toMatch(message);
  });

  it("is refused when it is nested without end", async () => {
    const { call } = await newCaller();
    const body = `${'{"name":"x","type":"nested","fields":['.repeat(20_000)}${"]}".repeat(20_000)}`;
    const headers = { "Content-Type": "application/json" };
    expect((await call("POST", "/v1/parsers", { body, headers })).body).toMatchObject({
      code: "validation_error",
    });
  });

  it("is refused when it is too long in all", async () => {
    const { call } = await newCaller();
    const fields = Array.from({ length: 200 }, (_, i) => ({
      name: `f${i}`,
      type: "text",
      default: "x".repeat(600),
    }));
    const { body } = await call("POST", "/v1/parsers", { body: { name: "x", fields } });
    expect(body.detail).toMatch(/at most 100000 characters/);
  });

  it("may have null where a field is not meant", async () => {
    const caller = await newCaller();
    const body = {
      ...kettles,
      baseFields: null,
      fields: [{ ...kettles.fields[0], transform: null, default: null }],
    };
    await newParser(caller, body);
  });
});

describe("a built-in parser", () => {
  it("is read by its id, encoded or not, and by the id that clients know", async () => {
    const { call, key } = await newCaller();
    const read = await call("GET", "/v1/parsers/%40olostep%2Fgoogle-search");
    expect(read.body).toMatchObject({
      id: "@trawl/google-search",
      built_in: true,
      aliases: ["@olostep/google-search"],
    });
    const request = new Request(`${origin}/v1/parsers/@trawl/article`, {
      headers: { Authorization: `Bearer ${key}` },
    });
    expect(await (await app.fetch(request, env)).json()).toMatchObject({ id: "@trawl/article", version: 1 });
    expect((await call("GET", "/v1/parsers/%40trawl%2Farticle?version=2")).status).toBe(404);
  });

  it("cannot be changed or deleted", async () => {
    const { call } = await newCaller();
    for (const [method, body] of [["PUT", kettles], ["DELETE"]] as const) {
      const answer = await call(method, "/v1/parsers/%40trawl%2Farticle", { body });
      expect(answer.body).toMatchObject({ status: 403, code: "access_denied" });
    }
  });

  it("is named in a batch as the client sent it", async () => {
    const caller = await newCaller();
    const batch = await newBatch(caller, { items: items(1), parser: { id: "@olostep/extract-emails" } });
    expect(batch.parser).toBe("@olostep/extract-emails");
  });

  it("is granted under all its ids, and refused to others", async () => {
    const granted = await newCaller({ grantedParsers: ["@trawl/google-search"] });
    await newBatch(granted, { items: items(1), parser: { id: "@olostep/google-search" } });
    const id = "@trawl/article";
    const batch = await granted.call("POST", "/v1/batches", { body: { items: items(1), parser: { id } } });
    expect(batch.body).toMatchObject({ status: 403, code: "access_denied" });
    const test = await granted.call("POST", "/v1/parsers/%40trawl%2Farticle/test", {
      body: { url, html: card },
    });
    expect(test.body).toMatchObject({ status: 403, code: "access_denied" });
    const own = await newParser(granted);
    await newBatch(granted, { items: items(1), parser: { id: own } });
  });
});

describe("trying a parser", () => {
  it("answers what it makes of the HTML given", async () => {
    const caller = await newCaller();
    const id = await newParser(caller);
    const { body } = await caller.call("POST", `/v1/parsers/${id}/test`, { body: { url, html: card } });
    expect(body).toEqual({
      ...{ object: "parser_test", parser_id: id, version: 1, url, status: "completed", error: null },
      json: [{ title: "Copper kettle", price: { amount: 89.5, currency: "EUR" } }],
    });
  });

  it("answers how it fails", async () => {
    const caller = await newCaller();
    const id = await newParser(caller);
    const { body } = await caller.call("POST", `/v1/parsers/${id}/test`, {
      body: { url, html: "<p>Nothing</p>" },
    });
    expect(body).toMatchObject({ status: "failed", json: null, error: { code: "parser_output_missing" } });
    expect(body.error.message).toContain("(title)");
  });

  it("renders the page in a browser when no HTML is given", async () => {
    const caller = await newCaller();
    const id = await newParser(caller, {
      ...kettles,
      fields: [{ name: "title", selector: "h2 a", type: "text" }],
    });
    const path = `${inject("site")}/shop/kettles`;
    const { body } = await caller.call("POST", `/v1/parsers/${id}/test`, { body: { url: path } });
    expect(body).toMatchObject({ status: "completed", http_status: 200 });
    expect(body.json).toHaveLength(4);
    expect(body.json[0]).toEqual({ title: "Enamel Camp Kettle 2 l" });
    const missing = `${inject("site")}/news/missing-story`;
    const failed = await caller.call("POST", `/v1/parsers/${id}/test`, { body: { url: missing } });
    expect(failed.body).toMatchObject({ status: "failed", json: null, error: { code: "http_error" } });
  });

  it("costs what a page costs when one is rendered and parsed, and nothing else", async () => {
    const caller = await newCaller({ creditLimit: 7 });
    const id = await newParser(caller, {
      ...kettles,
      credits: 4,
      fields: [{ name: "title", selector: "h2 a", type: "text", required: true }],
    });
    const used = async () => (await findAccountByName(database(env.DB), caller.account.name))?.creditsUsed;
    const test = (body: object) => caller.call("POST", `/v1/parsers/${id}/test`, { body });
    const shop = { url: `${inject("site")}/shop/kettles` };

    expect((await test({ url: `${inject("site")}/news/market-hall` })).body.status).toBe("failed");
    expect(await used()).toBe(0);
    const both = await Promise.all([test(shop), test(shop)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 402]);
    expect(await used()).toBe(4);
    const refused = await test(shop);
    expect(refused.body).toMatchObject({ code: "credits_exhausted", usage_limit_reached: true });
    expect(refused.body.detail).toBe(
      "The page can cost 4 credits; the account has 3 left that no running batch holds.",
    );
    expect((await test({ url, html: card })).status).toBe(200);
    expect(await used()).toBe(4);
  });

  it("gives back what it booked when no browser can be asked for", async () => {
    const caller = await newCaller();
    const id = await newParser(caller);
    const idFromName = () => {
      throw new Error("The pool is gone.");
    };
    const BROWSER_POOL = { idFromName } as unknown as Env["BROWSER_POOL"];
    const path = `/v1/parsers/${id}/test`;
    const answer = await caller.call("POST", path, { body: { url }, env: { BROWSER_POOL } });
    expect(answer.status).toBe(500);
    const account = await findAccountByName(database(env.DB), caller.account.name);
    expect(account?.creditsUsed).toBe(0);
  });

  it("has a rate limit of its own for pages that are rendered", async () => {
    const caller = await newCaller();
    const id = await newParser(caller);
    const TEST_RATE_LIMIT = { limit: async () => ({ success: false }) };
    const test = (body: object) =>
      caller.call("POST", `/v1/parsers/${id}/test`, { body, env: { TEST_RATE_LIMIT } });
    const { body, headers } = await test({ url });
    expect(body).toMatchObject({ status: 429, code: "rate_limited" });
    expect(headers.get("Retry-After")).toBe("60");
    expect((await test({ url, html: card })).status).toBe(200);
  });

  it("calls no private address", async () => {
    const caller = await newCaller();
    const id = await newParser(caller);
    const body = { url: "http://127.0.0.1/" };
    const settings = { env: { ALLOW_PRIVATE_NETWORK: "false" } };
    const { body: problem } = await caller.call("POST", `/v1/parsers/${id}/test`, { body, ...settings });
    expect(problem).toMatchObject({ status: 400, code: "validation_error", errors: [{ path: "url" }] });
    const given = await caller.call("POST", `/v1/parsers/${id}/test`, {
      body: { ...body, html: card },
      ...settings,
    });
    expect(given.body.status).toBe("completed");
  });
});

describe("a batch with a parser", () => {
  it("has the JSON of each page as its scripts left it, and fails pages that have nothing for the parser", async () => {
    const caller = await newCaller();
    const site = inject("site");
    const paths = ["/shop/teapots/cast-iron-teapot", "/news/market-hall"];
    const batch = await newBatch(caller, {
      items: paths.map((path) => ({ custom_id: path, url: `${site}${path}` })),
      parser: { id: "@trawl/product" },
    });
    await completed(caller.account.id, batch.id);
    const { body } = await caller.call("GET", `/v1/batches/${batch.id}/items`);
    const byPath = new Map<string, Answer["body"]>(
      body.items.map((item: { custom_id: string }) => [item.custom_id, item]),
    );
    expect(byPath.get("/news/market-hall")).toMatchObject({
      ...{ status: "failed", http_status: 200, attempts: 1 },
      title: "Market hall keeps its glass roof – The Estuary Post",
      error: { code: "parser_output_missing" },
    });
    const { retrieve_id } = byPath.get("/shop/teapots/cast-iron-teapot");
    const content = await caller.call("GET", `/v1/retrieve?retrieve_id=${retrieve_id}&formats=json`);
    expect(JSON.parse(content.body.json_content)).toMatchObject({
      ...{ name: "Cast Iron Teapot 1 l", price: 75, currency: "EUR", availability: "InStock" },
    });
    const { body: ended } = await caller.call("GET", `/v1/batches/${batch.id}`);
    expect(ended).toMatchObject({ parser: "@trawl/product", completed_urls: 1, credits_consumed: 1 });
  });
});
