/**
 * Tenancy: no route lets one account read, list, change, cancel or retrieve anything of another.
 *
 * Every route under `/v1` in the OpenAPI document needs a case here.
 */
import { env } from "cloudflare:workers";
import { describe, expect, inject, it } from "vitest";
import { type Answer, anonymous, items, newBatch, newCaller } from "./caller.ts";
import { operations } from "./documented-operations.ts";
import { completed, finish } from "./finish-items.ts";

const owner = await newCaller();
const stranger = await newCaller();
const secret = "the owner's own";

const running = await newBatch(owner, {
  items: items(3).map((item) => ({ ...item, metadata: { secret } })),
  metadata: { secret },
  webhook: `${inject("receiver")}/hook`,
});
const ended = await newBatch(owner, {
  items: items(1),
  metadata: { secret },
  webhook: `${inject("receiver")}/hook`,
});
await finish(owner.account.id, ended.id, { 0: { parts: { html: secret, text: secret } } });
await completed(owner.account.id, ended.id);
const retrieveId: string = (await owner.call("GET", `/v1/batches/${ended.id}/items`)).body.items[0]
  .retrieve_id;

const definition = {
  name: secret,
  fields: [{ name: "title", selector: "h1", type: "text" }],
};
const parser = (await owner.call("POST", "/v1/parsers", { body: definition })).body.id;

/** Every row of the owner in the database. */
async function ownedRows(): Promise<unknown> {
  const queries = [
    "SELECT * FROM accounts WHERE id = ?1",
    "SELECT id, metadata, cancelled_at, total_urls FROM batches WHERE account_id = ?1 ORDER BY id",
    "SELECT batch_id, idx, url, metadata FROM items WHERE batch_id IN (SELECT id FROM batches WHERE account_id = ?1)",
    "SELECT * FROM parsers WHERE account_id = ?1 ORDER BY id, version",
    "SELECT * FROM idempotency_keys WHERE account_id = ?1 ORDER BY key",
  ];
  return Promise.all(
    queries.map(async (sql) => (await env.DB.prepare(sql).bind(owner.account.id).all()).results),
  );
}

const notFound = (code: string) => (answer: Answer) =>
  expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 404, code });
const noBatch = notFound("batch_not_found");
const noParser = notFound("not_found");
const noneOfThem = (answer: Answer) => {
  const ids = answer.body.data.map(({ id }: { id: string }) => id);
  expect(ids).not.toContain(running.id);
  expect(ids).not.toContain(ended.id);
  expect(ids).not.toContain(parser);
};

type Case = {
  path: string;
  body?: object;
  headers?: Record<string, string>;
  check: (answer: Answer) => void;
};

/** What the stranger tries on each route, and what must happen. */
const cases: Record<string, Case[]> = {
  "POST /v1/batches": [
    {
      path: "/v1/batches",
      body: { items: items(1) },
      headers: { "Idempotency-Key": "shared" },
      check: (answer) => {
        expect(answer.status).toBe(200);
        expect(answer.headers.has("Idempotent-Replayed")).toBe(false);
      },
    },
    {
      path: "/v1/batches",
      body: { items: items(1), parser: { id: parser } },
      check: (answer) => expect(answer.body.code).toBe("parser_not_found"),
    },
  ],
  "GET /v1/batches": [
    { path: "/v1/batches", check: noneOfThem },
    { path: "/v1/batches?status=completed", check: noneOfThem },
    { path: `/v1/batches?metadata[secret]=${encodeURIComponent(secret)}`, check: noneOfThem },
    { path: `/v1/batches?cursor=${ended.id}`, check: (answer) => expect(answer.status).toBe(400) },
  ],
  "GET /v1/batches/recent": [{ path: "/v1/batches/recent", check: noneOfThem }],
  "GET /v1/batches/{id}": [running, ended].map(({ id }) => ({ path: `/v1/batches/${id}`, check: noBatch })),
  "PATCH /v1/batches/{id}": [running, ended].flatMap(({ id }) =>
    [{ metadata: { stolen: "x" } }, { metadata: null }].map((body) => ({
      path: `/v1/batches/${id}`,
      body,
      check: noBatch,
    })),
  ),
  "GET /v1/batches/{id}/items": [running, ended].map(({ id }) => ({
    path: `/v1/batches/${id}/items`,
    check: noBatch,
  })),
  "GET /v1/batches/{id}/events": [running, ended].map(({ id }) => ({
    path: `/v1/batches/${id}/events`,
    check: noBatch,
  })),
  "GET /v1/batches/{id}/export": [running, ended].map(({ id }) => ({
    path: `/v1/batches/${id}/export`,
    check: noBatch,
  })),
  "POST /v1/batches/{id}/retry": [running, ended].flatMap(({ id }) =>
    [undefined, { custom_ids: ["item-0"] }].map((body) => ({
      path: `/v1/batches/${id}/retry`,
      body,
      check: noBatch,
    })),
  ),
  "GET /v1/account": [
    {
      path: "/v1/account",
      check: ({ body }) =>
        expect([body.id, body.limits.stored_items.used]).toEqual([stranger.account.id, expect.any(Number)]),
    },
  ],
  "GET /v1/usage": [
    {
      path: "/v1/usage",
      check: ({ body }) => expect(body.total).toMatchObject({ completed: 0, batches: 0 }),
    },
  ],
  "POST /v1/batches/{id}/cancel": [running, ended].map(({ id }) => ({
    path: `/v1/batches/${id}/cancel`,
    check: noBatch,
  })),
  "GET /v1/batches/{id}/webhook_deliveries": [
    { path: `/v1/batches/${ended.id}/webhook_deliveries`, check: noBatch },
  ],
  "POST /v1/batches/{id}/webhook_deliveries": [
    { path: `/v1/batches/${ended.id}/webhook_deliveries`, check: noBatch },
  ],
  "GET /v1/retrieve": ["", "&formats=html", "&formats=text"].map((formats) => ({
    path: `/v1/retrieve?retrieve_id=${retrieveId}${formats}`,
    check: notFound("content_not_found"),
  })),
  "GET /v1/parsers": [{ path: "/v1/parsers", check: noneOfThem }],
  "POST /v1/parsers": [
    {
      path: "/v1/parsers",
      body: { ...definition, id: parser, name: "x" },
      check: ({ body }) => expect(body.id).not.toBe(parser),
    },
  ],
  "GET /v1/parsers/{id}": [{ path: `/v1/parsers/${parser}`, check: noParser }],
  "PUT /v1/parsers/{id}": [
    { path: `/v1/parsers/${parser}`, body: { ...definition, name: "x" }, check: noParser },
  ],
  "DELETE /v1/parsers/{id}": [{ path: `/v1/parsers/${parser}`, check: noParser }],
  "POST /v1/parsers/{id}/test": [
    {
      path: `/v1/parsers/${parser}/test`,
      body: { url: "https://example.com", html: "<h1>x</h1>" },
      check: noParser,
    },
  ],
};

const secured = operations
  // What is not under /v1 is the operator's: no account's key opens it.
  .filter((operation) => operation.secured && operation.path.startsWith("/v1/"))
  .map(({ method, path }) => `${method} ${path}`);

it("every route that needs a key has a case", () => {
  expect(Object.keys(cases).sort()).toEqual(secured.sort());
});

await owner.call("POST", "/v1/batches", {
  body: { items: items(2) },
  headers: { "Idempotency-Key": "shared" },
});
const before = await ownedRows();

describe.each(Object.entries(cases))("%s", (route, tries) => {
  it.each(tries)(
    "$path reveals and changes nothing of another account",
    async ({ path, body, headers, check }) => {
      const answer = await stranger.call(route.split(" ")[0] ?? "", path, { body, headers });
      check(answer);
      expect(answer.text).not.toContain(secret);
      expect(await ownedRows()).toEqual(before);
    },
  );
});

it("another account's batch is indistinguishable from one that does not exist", async () => {
  const [foreign, unknown] = await Promise.all([
    stranger.call("GET", `/v1/batches/${ended.id}`),
    stranger.call("GET", `/v1/batches/${ended.id.replace(/.$/, "_")}`),
  ]);
  const { id: _, created: __, ...rest } = foreign.body;
  expect(rest).toEqual({
    ...unknown.body,
    id: undefined,
    created: undefined,
    detail: rest.detail,
    message: rest.detail,
  });
});

it("a hosted URL does not work with another account in it", async () => {
  const { body } = await owner.call("GET", `/v1/retrieve?retrieve_id=${retrieveId}&formats=html`);
  expect((await anonymous("GET", body.html_hosted_url)).text).toBe(secret);
  const altered = new URL(body.html_hosted_url);
  altered.searchParams.set("account", stranger.account.id);
  expect((await anonymous("GET", altered.href)).status).toBe(404);
});
