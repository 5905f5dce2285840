/** `/v1/parsers`: custom parsers and their versions, and built-in parsers. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { app } from "../../src/api/app.ts";
import { PageHtml } from "../../src/content/captured-html.ts";
import { findBatch } from "../../src/db/batches.ts";
import { database } from "../../src/db/client.ts";
import { pageJson } from "../../src/parsers/page-json.ts";
import { type Caller, items, newBatch, newCaller, origin } from "./caller.ts";
import { card, kettles, newParser, url } from "./custom-parsers.ts";

describe("a custom parser", () => {
  it("is returned, read and listed as it was sent, with defaults filled in", async () => {
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

  it("gets a new version with each update, and keeps the earlier ones", async () => {
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

  it("can be updated with the object that was read", async () => {
    const caller = await newCaller();
    const { body } = await caller.call("GET", `/v1/parsers/${await newParser(caller)}`);
    const put = await caller.call("PUT", `/v1/parsers/${body.id}`, { body });
    expect(put.body).toEqual({ ...body, version: 2, created: expect.any(Number) });
  });

  it("gets different versions from concurrent updates", async () => {
    const caller = await newCaller();
    const id = await newParser(caller);
    const puts = await Promise.all(
      [1, 2, 3, 4].map(() => caller.call("PUT", `/v1/parsers/${id}`, { body: kettles })),
    );
    expect(puts.map(({ body }) => body.version).sort()).toEqual([2, 3, 4, 5]);
  });

  it("is gone once deleted, except for the batches that started with it", async () => {
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
    expect(await jsonOf(caller, batch.id)).toEqual({
      items: [{ title: "Copper kettle", price: { amount: 89.5, currency: "EUR" } }],
    });
  });

  it("is visible only to its account", async () => {
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

  it("keeps the version and the price that a batch started with", async () => {
    const caller = await newCaller({ creditLimit: 10 });
    const id = await newParser(caller, { ...kettles, credits: 4 });
    const batch = await newBatch(caller, { items: items(2), parser: { id } });
    expect(batch).toMatchObject({ parser: id, batch_parser: id });
    const body = { ...kettles, credits: 1, fields: [{ name: "other", selector: "h2", type: "text" }] };
    await caller.call("PUT", `/v1/parsers/${id}`, { body });
    const kept = await findBatch(database(env.DB), caller.account.id, batch.id);
    expect(kept).toMatchObject({ parserVersion: 1, creditsPerPage: 4 });
    expect(await jsonOf(caller, batch.id)).toEqual({
      items: [{ title: "Copper kettle", price: { amount: 89.5, currency: "EUR" } }],
    });
    const older = { items: items(1), parser: { id, version: 1 } };
    expect((await caller.call("POST", "/v1/batches", { body: older })).body.code).toBe("credits_exhausted");
    await newBatch(caller, { items: items(2), parser: { id } });
  });
});

describe("a built-in parser", () => {
  it("is read by its id, encoded or not, and by its alias", async () => {
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

  it("is shown in a batch under the id that the client sent", async () => {
    const caller = await newCaller();
    const batch = await newBatch(caller, { items: items(1), parser: { id: "@olostep/extract-emails" } });
    expect(batch.parser).toBe("@olostep/extract-emails");
  });

  it("is granted under all its ids, and refused if not granted", async () => {
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

/** What the batch's parser makes of a page now. */
async function jsonOf({ account }: Caller, batchId: string): Promise<unknown> {
  const batch = await findBatch(database(env.DB), account.id, batchId);
  const job = {
    ...{ batchId, accountId: account.id, country: null, linksOnPage: null },
    parser: { id: batch?.parserId ?? "", version: batch?.parserVersion ?? 0 },
  };
  return JSON.parse((await pageJson(env.DB, job, { html: new PageHtml(card), url })) ?? "null");
}
