/** Random requests get a success or a well-formed problem, never a 500. Every response matches the OpenAPI document. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newBatch, newCaller } from "./caller.ts";
import { operations, withParameters } from "./documented-operations.ts";

const caller = await newCaller();
const batch = await newBatch(caller);
const runs = { numRuns: 30 };

/** Strings of any UTF-16 units, with lone surrogates and NUL. */
const anyText = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
  fc.string(),
  fc.constantFrom(
    "",
    "__proto__",
    "constructor",
    "toString",
    "\0",
    "\ud800",
    "[object Object]",
    "1e999",
    "null",
  ),
);
const anyValue = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  anyText,
  fc.dictionary(anyText, anyText, { maxKeys: 5 }),
  fc.constantFrom(null, true, 0, -1, 1.5, Number.MAX_VALUE, [], {}, [[]], [null], { __proto__: null }),
);

const anyItem = fc.oneof(
  anyValue,
  fc.record(
    {
      custom_id: fc.oneof(anyText, anyValue),
      url: fc.oneof(fc.webUrl(), anyText, anyValue),
      metadata: anyValue,
    },
    { requiredKeys: [] },
  ),
  fc.record(
    { custom_id: fc.string({ minLength: 1 }), url: fc.webUrl(), metadata: anyValue },
    { requiredKeys: ["custom_id", "url"] },
  ),
);
const anyBatch = fc.record(
  {
    items: fc.oneof(
      { weight: 5, arbitrary: fc.array(anyItem, { maxLength: 5 }) },
      { weight: 1, arbitrary: anyValue },
    ),
    country: fc.oneof(fc.constantFrom("de", "RANDOM"), anyValue),
    parser: fc.oneof(fc.record({ id: anyValue, version: anyValue }, { requiredKeys: [] }), anyValue),
    links_on_page: fc.oneof(
      fc.record(
        { absolute_links: anyValue, include_links: anyValue, exclude_links: fc.array(anyText) },
        { requiredKeys: [] },
      ),
      anyValue,
    ),
    metadata: anyValue,
    webhook: fc.oneof(fc.webUrl(), anyValue),
    webhook_url: anyValue,
    status: anyValue,
  },
  { requiredKeys: [] },
);

/** The path of a route, with an existing batch as its id. */
const place = (path: string) => withParameters(path, (name) => (name === "id" ? batch.id : "x"));
function isFine(status: number): void {
  expect(status).toBeLessThan(500);
}
const json = { "Content-Type": "application/json" };

const withBody = operations.filter(({ takesBody }) => takesBody);
describe.each(withBody)("$method $path", ({ method, path }) => {
  const send = (body: unknown, headers: Record<string, string> = json) =>
    caller.call(method, place(path), { body, headers });

  it("handles any JSON", async () => {
    const property = fc.asyncProperty(anyValue, async (value) =>
      isFine((await send(JSON.stringify(value))).status),
    );
    await fc.assert(property, runs);
  });

  it("handles any values of its own fields", async () => {
    const fields =
      path === "/v1/batches"
        ? anyBatch
        : fc.record({ metadata: anyValue, id: anyValue }, { requiredKeys: [] });
    const property = fc.asyncProperty(fields, async (value) =>
      isFine((await send(JSON.stringify(value))).status),
    );
    await fc.assert(property, { numRuns: 80 });
  });

  it("handles any bytes, content type and idempotency key", async () => {
    const header = fc.string({
      unit: fc.integer({ min: 0x20, max: 0x7e }).map((unit) => String.fromCharCode(unit)),
    });
    const bytes = fc.oneof(
      fc.uint8Array(),
      fc.json().map((text) => new TextEncoder().encode(text)),
    );
    const types = fc.oneof(fc.constantFrom("application/json", "application/json; charset=utf-16"), header);
    const property = fc.asyncProperty(bytes, types, header, async (body, type, key) => {
      isFine((await send(body, { "Content-Type": type, "Idempotency-Key": key })).status);
    });
    await fc.assert(property, runs);
  });
});

const withQuery = operations.filter(({ query, path }) => query.length > 0 && path.startsWith("/v1/"));
it.each(withQuery)("$method $path handles any query", async ({ method, path, query }) => {
  const escaped = anyText.map((text) => encodeURIComponent(text.toWellFormed()));
  const name = fc.oneof(fc.constantFrom(...query, "metadata[a]", "metadata[", "limit[]"), escaped);
  const value = fc.oneof(
    escaped,
    fc.constantFrom("%", "%zz", "%00", "%C3%28", "1", "50", "completed", "html,json"),
    fc.integer().map(String),
  );
  const pairs = fc.array(
    fc.tuple(name, value).map(([name, value]) => `${name}=${value}`),
    { maxLength: 6 },
  );
  const property = fc.asyncProperty(pairs, async (pairs) => {
    isFine((await caller.call(method, `${place(path)}?${pairs.join("&")}`)).status);
  });
  await fc.assert(property, runs);
});

it("the API handles any path and method", async () => {
  const segment = fc.oneof(
    fc.constantFrom(
      "v1",
      "batches",
      "recent",
      "items",
      "cancel",
      "retrieve",
      "hosted",
      "errors",
      batch.id,
      "%zz",
      ".",
    ),
    anyText.map((text) => encodeURIComponent(text.toWellFormed())),
  );
  const paths = fc.array(segment, { maxLength: 5 }).map((segments) => `/${segments.join("/")}`);
  const methods = fc.constantFrom(
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "PROPFIND",
    "PURGE",
  );
  const property = fc.asyncProperty(methods, paths, async (method, path) => {
    isFine((await caller.call(method, `https://trawl.test${path}`)).status);
  });
  await fc.assert(property, { numRuns: 80 });
});
