/** The OpenAPI document: it describes every route and no other, and its descriptions are true. */
import { Validator } from "@cfworker/json-schema";
import { describe, expect, it } from "vitest";
import { app } from "../../src/api/app.ts";
import { openApiDocument } from "../../src/api/docs/openapi-document.ts";
import { problemTypes } from "../../src/api/problem-types.ts";
import { anonymous, items, newBatch, newCaller } from "./caller.ts";
import { operations, withParameters } from "./documented-operations.ts";
import { finish } from "./finish-items.ts";

interface Media {
  schema?: object;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}
interface Described {
  operationId: string;
  summary: string;
  tags: string[];
  parameters?: {
    name: string;
    in: string;
    required?: boolean;
    description?: string;
    schema: object;
    example?: unknown;
  }[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { description: string; content?: Record<string, Media> }>;
}

// biome-ignore lint/suspicious/noExplicitAny: the document as clients get it, JSON of any shape
const document = JSON.parse(JSON.stringify(openApiDocument())) as any;
const described: [name: string, operation: Described][] = Object.entries(
  document.paths as Record<string, Record<string, Described>>,
).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]): [string, Described] => [
    `${method.toUpperCase()} ${path}`,
    operation,
  ]),
);

function faults(schema: object, value: unknown): unknown[] {
  const whole = { ...schema, components: document.components };
  return new Validator(whole, "2020-12", false).validate(value).errors;
}

it("the document is served unchanged", async () => {
  const { status, headers, body } = await anonymous("GET", "/openapi.json");
  expect(status).toBe(200);
  expect(headers.get("Content-Type")).toMatch(/^application\/json/);
  expect(body).toEqual(document);
  expect(body.openapi).toMatch(/^3\.1\./);
  const again = await anonymous("GET", "/openapi.json", {
    headers: { "If-None-Match": headers.get("ETag") ?? "" },
  });
  expect(again.status).toBe(304);
});

it("the document has every route of the app and no other, except the root's redirect to the reference", () => {
  const routes = app.routes
    .filter(({ method, path }) => method !== "ALL" && !path.includes("*") && path !== "/")
    .map(
      ({ method, path }) =>
        `${method} ${path.replace(/:(\w+)(?:\{[^}]*\})?/g, "{$1}").replace(/(.)\/$/, "$1")}`,
    );
  expect([...new Set(routes)].sort()).toEqual(
    operations.map(({ method, path }) => `${method} ${path}`).sort(),
  );
});

it("every operation has its own id", () => {
  const ids = described.map(([, { operationId }]) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

describe.each(described)("%s", (name, operation) => {
  const [method = "", path = ""] = name.split(" ");

  it("has a summary and a tag", () => {
    const tags = (document.tags as { name: string }[]).map((tag) => tag.name);
    expect(operation.summary).toMatch(/^[A-Z].*[^.]$/);
    expect(operation.tags).toHaveLength(1);
    expect(tags).toContain(operation.tags[0]);
  });

  it("describes the parameters of its path", () => {
    const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === "path");
    expect(inPath.map((parameter) => `{${parameter.name}}`)).toEqual(path.match(/\{[^}]+\}/g) ?? []);
    expect(inPath.every(({ required }) => required)).toBe(true);
  });

  it("has examples that match its schemas", () => {
    const media = [
      ...Object.values(operation.requestBody?.content ?? {}),
      ...Object.values(operation.responses).flatMap(({ content }) => Object.values(content ?? {})),
      ...(operation.parameters ?? []),
    ];
    for (const { schema = {}, example, examples = {} } of media as Media[]) {
      if (example !== undefined) expect(faults(schema, example)).toEqual([]);
      for (const { value } of Object.values(examples)) expect(faults(schema, value)).toEqual([]);
    }
  });

  it("has an example of its request body and of its response", () => {
    for (const { example } of Object.values(operation.requestBody?.content ?? {}))
      expect(example).toBeDefined();
    const answer = Object.entries(operation.responses).find(([status]) => status.startsWith("2"))?.[1];
    const isData = path.startsWith("/v1/") && answer?.content?.["application/json"];
    if (isData) expect(isData.example).toBeDefined();
  });

  it("returns a problem for every error status", () => {
    for (const [status, { description, content }] of Object.entries(operation.responses)) {
      if (Number(status) < 400 || path === "/health") continue;
      expect(Object.keys(content ?? {})).toEqual(["application/problem+json"]);
      expect(description).toMatch(/^`[a-z_]+`: /);
    }
  });

  it("can be called without a key only if the document says so", async () => {
    const secured = operations.find((one) => one.method === method && one.path === path)?.secured;
    const { status } = await anonymous(method, withParameters(path, "x"));
    expect(status === 401).toBe(secured);
  });
});

it("the document has every kind of error", () => {
  const known = described.flatMap(([, { responses }]) =>
    Object.values(responses).flatMap(({ content }) =>
      Object.keys(content?.["application/problem+json"]?.examples ?? {}),
    ),
  );
  expect([...new Set(known)].sort()).toEqual(Object.keys(problemTypes).sort());
});

describe("the schema of a new batch", () => {
  const schema = document.paths["/v1/batches"].post.requestBody.content["application/json"].schema;
  const item = items(1)[0];
  const rows: [what: string, body: unknown][] = [
    ["one item", { items: [item] }],
    [
      "everything",
      {
        items: [{ ...item, metadata: { a: "b" } }],
        country: "de",
        parser: { id: "a", version: 1 },
        links_on_page: { absolute_links: true, include_links: ["*"] },
        metadata: { n: 1, t: true },
        webhook: "https://example.com",
      },
    ],
    [
      "nulls",
      {
        items: [{ ...item, metadata: null }],
        country: null,
        parser: null,
        links_on_page: null,
        metadata: null,
        webhook: null,
        webhook_url: null,
      },
    ],
    ["a version in digits", { items: [item], parser: { id: "a", version: "2" } }],
    ["no items", {}],
    ["null items", { items: null }],
    ["an empty list", { items: [] }],
    ["an item without a url", { items: [{ custom_id: "a" }] }],
    ["an item without a custom_id", { items: [{ url: "https://example.com" }] }],
    ["an ftp url", { items: [{ ...item, url: "ftp://example.com" }] }],
    ["a number for a url", { items: [{ ...item, url: 1 }] }],
    ["an empty custom_id", { items: [{ ...item, custom_id: "" }] }],
    ["a long custom_id", { items: [{ ...item, custom_id: "x".repeat(2049) }] }],
    ["a long country", { items: [item], country: "DEU" }],
    ["a parser without an id", { items: [item], parser: {} }],
    ["a version of 0", { items: [item], parser: { id: "a", version: 0 } }],
    ["a version in words", { items: [item], parser: { id: "a", version: "one" } }],
    ["true as links", { items: [item], links_on_page: true }],
    [
      "51 keys",
      { items: [item], metadata: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, "v"])) },
    ],
    ["a bracket in a key", { items: [item], metadata: { "a[": "b" } }],
    ["a long value", { items: [item], metadata: { a: "x".repeat(501) } }],
    ["an object as a value", { items: [item], metadata: { a: {} } }],
    ["a list as metadata", { items: [item], metadata: [] }],
  ];
  it.each(rows)("agrees with the validation of %s", async (_what, body) => {
    const caller = await newCaller();
    const { status, body: answer } = await caller.call("POST", "/v1/batches", { body });
    const accepted = status === 200 || answer.code === "parser_not_found";
    expect({ faults: faults(schema, body).length > 0 }).toEqual({ faults: !accepted });
  });
});

it("the schema of a batch describes every field", async () => {
  const caller = await newCaller();
  const { id } = await newBatch(caller, {
    items: items(1),
    country: "DE",
    links_on_page: { include_links: ["*"], exclude_links: ["x"], query_to_order_links_by: "a" },
    metadata: { a: "b" },
    webhook: "https://example.com/hook",
    webhook_events: ["item.failed"],
  });
  await finish(caller.account.id, id, { 0: { code: "http_error", message: "The site answered 500." } });
  const { body: batch } = await caller.call("POST", `/v1/batches/${id}/retry`);
  const named = Object.keys(document.components.schemas.Batch.properties);
  expect(Object.keys(batch).sort()).toEqual(named.sort());
});
