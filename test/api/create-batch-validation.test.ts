/** `POST /v1/batches`: what it refuses with `validation_error`. */
import { describe, expect, it } from "vitest";
import { metadataKeys, urlOfLength, withField, withItem } from "./batch-requests.ts";
import { items, newCaller } from "./caller.ts";

const caller = await newCaller();
const post = (body: unknown, headers: Record<string, string> = {}) =>
  caller.call("POST", "/v1/batches", { body, headers });

describe("POST /v1/batches", () => {
  const rows: [rule: string, body: unknown, path: string, says: RegExp][] = [
    ["no items", {}, "items", /^Is required\.$/],
    ["null items", { items: null }, "items", /array of 1 to 10000 items; got null/],
    ["an object as items", { items: {} }, "items", /array/],
    ["an empty list of items", { items: [] }, "items", /1 to 10000 items; got 0/],
    ["10,001 items", { items: items(10_001) }, "items", /got 10001/],
    ["a null item", { items: [null] }, "items[0]", /Must be an object; got/],
    ["a string as an item", { items: ["https://example.com"] }, "items[0]", /Must be an object; got/],
    ["a missing custom_id", withItem({ custom_id: undefined }), "items[0].custom_id", /^Is required\.$/],
    ["a null custom_id", withItem({ custom_id: null }), "items[0].custom_id", /Must be a string; got/],
    ["a number as custom_id", withItem({ custom_id: 7 }), "items[0].custom_id", /Must be a string; got \d+/],
    ["an empty custom_id", withItem({ custom_id: "" }), "items[0].custom_id", /1 to 2048 characters; got 0/],
    [
      "a custom_id of 2049 characters",
      withItem({ custom_id: "x".repeat(2049) }),
      "items[0].custom_id",
      /got 2049/,
    ],
    ["a custom_id with U+0000", withItem({ custom_id: "a\0b" }), "items[0].custom_id", /U\+0000/],
    [
      "a custom_id with a lone surrogate",
      withItem({ custom_id: "\ud83d" }),
      "items[0].custom_id",
      /surrogate/,
    ],
    [
      "a duplicate custom_id",
      { items: [...items(2), items(1)[0]] },
      "items[2].custom_id",
      /items\[0\] has the same custom_id/,
    ],
    ["a missing url", withItem({ url: undefined }), "items[0].url", /^Is required\.$/],
    ["a null url", withItem({ url: null }), "items[0].url", /Must be a string; got/],
    ["an empty url", withItem({ url: "" }), "items[0].url", /got 0/],
    [
      "a relative url",
      withItem({ url: "/page" }),
      "items[0].url",
      /absolute http or https URL; got "\/page"/,
    ],
    ["a url without a scheme", withItem({ url: "example.com" }), "items[0].url", /absolute/],
    ["an ftp url", withItem({ url: "ftp://example.com" }), "items[0].url", /got the scheme ftp/],
    [
      "a javascript url",
      withItem({ url: "javascript:alert(1)" }),
      "items[0].url",
      /got the scheme javascript/,
    ],
    ["a url without a host", withItem({ url: "https://" }), "items[0].url", /absolute/],
    ["a url of 8193 characters", withItem({ url: urlOfLength(8193) }), "items[0].url", /got 8193/],
    [
      "a file url of 5000 characters outside the basic plane",
      withItem({ url: `file:///${"😀".repeat(4992)}` }),
      "items[0].url",
      /got the scheme file/,
    ],
    ["a string as item metadata", withItem({ metadata: "a" }), "items[0].metadata", /got a string/],
    [
      "an array as an item metadata value",
      withItem({ metadata: { a: [] } }),
      "items[0].metadata.a",
      /got an array/,
    ],
    ["an unknown country", withField({ country: "XX" }), "country", /got "XX"/],
    ["a country of three letters", withField({ country: "DEU" }), "country", /alpha-2/],
    ["an empty country", withField({ country: "" }), "country", /alpha-2/],
    [
      "a country with a letter that becomes ASCII only in upper case",
      withField({ country: "ıt" }),
      "country",
      /got "ıt"/,
    ],
    ["a country with a lone surrogate", withField({ country: "\ud83d" }), "country", /alpha-2/],
    ["a number as country", withField({ country: 49 }), "country", /Must be a string; got/],
    ["a string as parser", withField({ parser: "x" }), "parser", /Must be an object; got/],
    ["a parser without an id", withField({ parser: {} }), "parser.id", /^Is required\.$/],
    ["a parser with a null id", withField({ parser: { id: null } }), "parser.id", /Must be a string; got/],
    [
      "a parser version of 0",
      withField({ parser: { id: "a", version: 0 } }),
      "parser.version",
      /whole number, 1 or greater/,
    ],
    ["an empty parser id", withField({ parser: { id: "" } }), "parser.id", /1 to 255 characters/],
    ["a parser id of 256 characters", withField({ parser: { id: "x".repeat(256) } }), "parser.id", /got 256/],
    ["a number as parser id", withField({ parser: { id: 1 } }), "parser.id", /Must be a string; got \d+/],
    ["an array as parser", withField({ parser: [] }), "parser", /Must be an object; got/],
    [
      "a parser version in words",
      withField({ parser: { id: "a", version: "one" } }),
      "parser.version",
      /whole number/,
    ],
    [
      "an empty parser version",
      withField({ parser: { id: "a", version: "" } }),
      "parser.version",
      /whole number/,
    ],
    [
      "a fractional parser version",
      withField({ parser: { id: "a", version: 1.5 } }),
      "parser.version",
      /whole number/,
    ],
    [
      "an infinite parser version",
      `{"items":${JSON.stringify(items(1))},"parser":{"id":"a","version":1e999}}`,
      "parser.version",
      /whole number/,
    ],
    ["true as links_on_page", withField({ links_on_page: true }), "links_on_page", /Must be an object; got/],
    [
      "a string as absolute_links",
      withField({ links_on_page: { absolute_links: "yes" } }),
      "links_on_page.absolute_links",
      /Must be a boolean; got a string/,
    ],
    [
      "a string as include_links",
      withField({ links_on_page: { include_links: "*" } }),
      "links_on_page.include_links",
      /Must be an array; got a string/,
    ],
    [
      "a number as a pattern",
      withField({ links_on_page: { exclude_links: ["*", 5] } }),
      "links_on_page.exclude_links[1]",
      /Must be a string; got/,
    ],
    ["an array as metadata", withField({ metadata: [] }), "metadata", /got an array/],
    ["a number as metadata", withField({ metadata: 1 }), "metadata", /got 1\./],
    ["51 metadata keys", withField({ metadata: metadataKeys(51) }), "metadata", /at most 50 keys; got 51/],
    [
      "a metadata key of 41 characters",
      withField({ metadata: { ["k".repeat(41)]: "v" } }),
      `metadata.${"k".repeat(41)}`,
      /has 41 characters; a key can have at most 40/,
    ],
    [
      "a metadata key with [",
      withField({ metadata: { "a[": "b" } }),
      'metadata["a["]',
      /"a\[" must not contain/,
    ],
    ["a metadata key with ]", withField({ metadata: { "a]": "b" } }), 'metadata["a]"]', /must not contain/],
    [
      "a metadata value of 501 characters",
      withField({ metadata: { k: "v".repeat(501) } }),
      "metadata.k",
      /"k" has 501 characters; a value can have at most 500/,
    ],
    ["an object as a metadata value", withField({ metadata: { k: {} } }), "metadata.k", /got an object/],
    ["an array as a metadata value", withField({ metadata: { k: [] } }), "metadata.k", /got an array/],
    [
      "a metadata value beyond the range of a double",
      `{"items":${JSON.stringify(items(1))},"metadata":{"k":1e999}}`,
      "metadata.k",
      /too large for a double/,
    ],
    [
      "a metadata key with U+0000",
      withField({ metadata: { "a\0": "b" } }),
      'metadata["a\\u0000"]',
      /U\+0000/,
    ],
    ["a metadata value with U+0000", withField({ metadata: { a: "b\0" } }), "metadata.a", /U\+0000/],
    [
      "a metadata key with a lone surrogate",
      withField({ metadata: { "\udc00": "b" } }),
      'metadata["\\udc00"]',
      /surrogate/,
    ],
    [
      "a metadata value with a lone surrogate",
      withField({ metadata: { a: "\ud83d" } }),
      "metadata.a",
      /surrogate/,
    ],
    [
      "an array as links_on_page",
      withField({ links_on_page: [] }),
      "links_on_page",
      /Must be an object; got/,
    ],
    [
      "101 patterns",
      withField({ links_on_page: { include_links: Array(101).fill("*") } }),
      "links_on_page.include_links",
      /Must have at most 100 elements; got 101/,
    ],
    [
      "a pattern of 496 wildcards",
      withField({ links_on_page: { include_links: [`/${"*a".repeat(496)}`] } }),
      "links_on_page.include_links[0]",
      /Must have at most 20 wildcards; got 496/,
    ],
    [
      "patterns of more than 500 wildcards in all",
      withField({ links_on_page: { exclude_links: Array(100).fill("/**/[ab]/*.{gif,png}?*") } }),
      "links_on_page.exclude_links",
      /Must have at most 500 wildcards in all patterns; got 600/,
    ],
    [
      "an empty pattern",
      withField({ links_on_page: { include_links: [""] } }),
      "links_on_page.include_links[0]",
      /got 0/,
    ],
    [
      "a pattern of 1001 characters",
      withField({ links_on_page: { exclude_links: ["x".repeat(1001)] } }),
      "links_on_page.exclude_links[0]",
      /got 1001/,
    ],
    [
      "a list as query_to_order_links_by",
      withField({ links_on_page: { query_to_order_links_by: ["a"] } }),
      "links_on_page.query_to_order_links_by",
      /Must be a string; got/,
    ],
    ["an empty webhook", withField({ webhook: "" }), "webhook", /got 0/],
    ["a webhook of 8193 characters", withField({ webhook: urlOfLength(8193) }), "webhook", /got 8193/],
    ["an ftp webhook", withField({ webhook: "ftp://example.com" }), "webhook", /got the scheme ftp/],
    [
      "an invalid webhook_url next to a valid webhook",
      withField({ webhook: "https://example.com/a", webhook_url: 5 }),
      "webhook_url",
      /Must be a string; got/,
    ],
    ["a webhook that is not a URL", withField({ webhook: "hook" }), "webhook", /absolute http or https/],
    ["a number as webhook", withField({ webhook: 1 }), "webhook", /Must be a string; got/],
    [
      "a webhook_url that is not a URL",
      withField({ webhook_url: "hook" }),
      "webhook_url",
      /absolute http or https/,
    ],
  ];

  it.each(rows)("refuses %s", async (_rule, body, path, says) => {
    const answer = await post(body, { "Content-Type": "application/json" });
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe("validation_error");
    expect(answer.body.errors).toContainEqual({
      path,
      code: expect.any(String),
      message: expect.stringMatching(says),
    });
    expect(answer.body.detail).toContain(path);
  });

  it("reports all faults at once", async () => {
    const answer = await post({
      items: [{ custom_id: "", url: "x" }],
      country: "XX",
      webhook: 1,
      metadata: [],
    });
    const paths = answer.body.errors.map(({ path }: { path: string }) => path);
    expect(paths.sort()).toEqual(["country", "items[0].custom_id", "items[0].url", "metadata", "webhook"]);
    expect(answer.body.metadata).toEqual({});
  });

  it("lists at most 100 faults and counts the rest", async () => {
    const answer = await post({
      items: items(10_000).map(({ custom_id }) => ({ custom_id })),
      country: "XX",
    });
    expect(answer.body.errors).toHaveLength(100);
    expect(answer.body.metadata).toEqual({ total_errors: 10_001 });
  });

  it("handles as many faults as a body can hold", async () => {
    const metadata = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`[${i}`, {}]));
    const body = { items: items(10_000).map((item) => ({ ...item, metadata })) };
    const answer = await post(body, {});
    expect(answer.body.metadata).toEqual({ total_errors: 1_000_000 });
  });
});
