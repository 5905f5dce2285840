/** Parsers on pages: `POST /v1/parsers/{id}/test`, and batches with a parser. */
import { env } from "cloudflare:workers";
import { describe, expect, inject, it } from "vitest";
import { findAccountByName } from "../../src/db/accounts.ts";
import { database } from "../../src/db/client.ts";
import type { Env } from "../../src/settings.ts";
import { type Answer, newBatch, newCaller } from "./caller.ts";
import { card, kettles, newParser, url } from "./custom-parsers.ts";
import { completed } from "./finish-items.ts";

describe("testing a parser", () => {
  it("returns the JSON of the given HTML", async () => {
    const caller = await newCaller();
    const id = await newParser(caller);
    const { body } = await caller.call("POST", `/v1/parsers/${id}/test`, { body: { url, html: card } });
    expect(body).toEqual({
      ...{ object: "parser_test", parser_id: id, version: 1, url, status: "completed", error: null },
      json: { items: [{ title: "Copper kettle", price: { amount: 89.5, currency: "EUR" } }] },
    });
  });

  it("returns the failure of the page", async () => {
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
    expect(body.json.items).toHaveLength(4);
    expect(body.json.items[0]).toEqual({ title: "Enamel Camp Kettle 2 l" });
    const missing = `${inject("site")}/news/missing-story`;
    const failed = await caller.call("POST", `/v1/parsers/${id}/test`, { body: { url: missing } });
    expect(failed.body).toMatchObject({ status: "failed", json: null, error: { code: "http_error" } });
  });

  it("costs as much as a page of a batch if the page is rendered and parsed, and otherwise nothing", async () => {
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

  it("refunds the booked credits if no browser can be requested", async () => {
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

  it("has its own rate limit for rendered pages", async () => {
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

  it("does not call private addresses", async () => {
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
  it("keeps the JSON of each page after its scripts ran, and fails pages without parser output", async () => {
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
      error: { code: "parser_output_missing" },
    });
    expect(byPath.get("/news/market-hall")).not.toHaveProperty("title");
    const { retrieve_id } = byPath.get("/shop/teapots/cast-iron-teapot");
    const content = await caller.call("GET", `/v1/retrieve?retrieve_id=${retrieve_id}&formats=json`);
    expect(JSON.parse(content.body.json_content)).toMatchObject({
      ...{ name: "Cast Iron Teapot 1 l", price: 75, currency: "EUR", availability: "InStock" },
    });
    const { body: ended } = await caller.call("GET", `/v1/batches/${batch.id}`);
    expect(ended).toMatchObject({ parser: "@trawl/product", completed_urls: 1, credits_consumed: 1 });
  });
});
