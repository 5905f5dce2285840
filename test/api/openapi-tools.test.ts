/**
 * The OpenAPI document suits the tools that read it: generators of clients and linters. `npm run test:clients` runs the
 * tools themselves.
 */
import { Validator } from "@cfworker/json-schema";
import { describe, expect, it } from "vitest";
import { openApiDocument } from "../../src/api/docs/openapi-document.ts";
import { newCaller } from "./caller.ts";
import { kettles } from "./custom-parsers.ts";

interface Operation {
  operationId: string;
  description?: string;
  parameters?: { name: string; in: string; schema: Record<string, unknown> }[];
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<string, unknown>;
}

// biome-ignore lint/suspicious/noExplicitAny: the document as clients get it, JSON of any shape
const document = JSON.parse(JSON.stringify(openApiDocument())) as any;
const schemas: Record<string, object> = document.components.schemas;
const paths: Record<string, Record<string, Operation>> = document.paths;
const operations = Object.values(paths).flatMap((methods) => Object.values(methods));

/** The name that a generator gives to a parameter: letters and digits count, the rest separates words. */
const identifier = (name: string) => name.replace(/[^a-z0-9]+/gi, " ").trim();

/** All objects in a schema, those that it refers to included. */
function partsOf(schema: unknown, seen = new Set<unknown>()): Record<string, unknown>[] {
  if (typeof schema !== "object" || schema === null || seen.has(schema)) return [];
  seen.add(schema);
  const { $ref } = schema as { $ref?: string };
  const target = $ref && schemas[$ref.split("/").at(-1) ?? ""];
  const inner = [...Object.values(schema), target].flatMap((part) => partsOf(part, seen));
  return [schema as Record<string, unknown>, ...inner];
}

function isValid(schema: object, value: unknown): boolean {
  return new Validator({ ...schema, components: document.components }, "2020-12").validate(value).valid;
}

it("the document says whom to ask, and describes every tag", () => {
  expect(document.info).toMatchObject({ contact: { name: expect.any(String) }, license: { name: "MIT" } });
  for (const { description } of document.tags) expect(description).toMatch(/^[A-Z].*\.$/);
});

it("every schema has a name of its own, so that no type is made of generated names", () => {
  for (const name of Object.keys(schemas)) expect(name).toMatch(/^[A-Z][A-Za-z]+$/);
});

describe.each(operations.map((operation) => [operation.operationId, operation] as const))(
  "%s",
  (_id, operation) => {
    it("has a description, a response for success and one for an error", () => {
      expect(operation.description).toMatch(/\.$/);
      const statuses = Object.keys(operation.responses);
      expect(statuses.some((status) => status.startsWith("2"))).toBe(true);
      expect(statuses.some((status) => status.startsWith("4"))).toBe(true);
    });

    it("has parameters that stay distinct as names in code", () => {
      const names = (operation.parameters ?? []).map(({ name }) => identifier(name));
      expect(new Set(names).size).toBe(names.length);
    });

    // Generators make a field with a default required.
    it("has no defaults in its body", () => {
      const bodies = Object.values(operation.requestBody?.content ?? {});
      for (const { schema } of bodies) {
        for (const { properties } of partsOf(schema)) {
          for (const property of Object.values((properties ?? {}) as object)) {
            expect(property).not.toHaveProperty("default");
          }
        }
      }
    });
  },
);

describe("a parser's definition", () => {
  const field = { name: "title", type: "text" };
  const definition = (change: object) => ({ ...kettles, ...change });
  const withField = (change: object) => definition({ fields: [{ ...field, ...change }] });
  const rows: [what: string, body: object][] = [
    ["only what is required", { name: "a", fields: [field] }],
    ["nulls", definition({ description: null, credits: null, url_patterns: null, baseFields: null })],
    ["a null name", definition({ name: null })],
    ["null fields", definition({ fields: null })],
    [
      "nulls in a field",
      withField({ selector: null, source: null, transform: null, required: null, fields: null }),
    ],
    ["a null default", withField({ default: null })],
    ["an object as a default", withField({ default: { a: [1, { b: null }] } })],
    ["a field's null type", withField({ type: null })],
    ["a null in a list", definition({ fields: [null] })],
    ["a null group", withField({ transform: { type: "regex", pattern: "a", group: null } })],
    ["the longest names", withField({ name: "🫖".repeat(255) })],
    ["a name too long", withField({ name: "x".repeat(256) })],
    ["a name with U+0000", definition({ name: "a\0" })],
    ["a selector too long", withField({ selector: "x".repeat(1001) })],
    ["a source that selects no sibling", withField({ source: "p" })],
    ["a description too long", definition({ description: "x".repeat(2001) })],
    ["an empty URL pattern", definition({ url_patterns: [""] })],
    ["no credits", definition({ credits: 0 })],
  ];
  it.each(rows)("with %s is accepted if it matches the document, and refused if not", async (_what, body) => {
    const { call } = await newCaller();
    const { status } = await call("POST", "/v1/parsers", { body });
    expect({ accepted: isValid(schemas.ParserDefinition ?? {}, body) }).toEqual({ accepted: status === 201 });
  });
});

describe("the limits of a parameter", () => {
  const schemaOf = (id: string, name: string) =>
    operations.find(({ operationId }) => operationId === id)?.parameters?.find((one) => one.name === name)
      ?.schema;

  it("are those that are enforced", () => {
    expect(schemaOf("getHostedContent", "expires")).toMatchObject({ type: "integer", minimum: 0 });
    expect(schemaOf("listItems", "limit")).toMatchObject({ minimum: 1, maximum: 1000, default: 50 });
    const metadata = schemaOf("listBatches", "metadata") ?? {};
    expect(isValid(metadata, { order: "42" })).toBe(true);
    for (const refused of ["a[", "a]", "k".repeat(41)])
      expect(isValid(metadata, { [refused]: "x" })).toBe(false);
  });

  it.each(["listBatches", "listParsers"])("of %s describe the cursors that the API makes", (id) => {
    const schema = schemaOf(id, "cursor") ?? {};
    expect(isValid(schema, "1795500000000-batch_4fQ8sWc0ZbT1xKd9aLm3Ye")).toBe(true);
    expect(isValid(schema, "batch_4fQ8sWc0ZbT1xKd9aLm3Ye")).toBe(false);
  });
});
