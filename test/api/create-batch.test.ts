/** `POST /v1/batches`, rule by rule. */
import { describe, expect, it } from "vitest";
import { items, newCaller } from "./caller.ts";

const caller = await newCaller();
const post = (body: unknown, headers: Record<string, string> = {}) =>
  caller.call("POST", "/v1/batches", { body, headers });

/** One valid item with these fields changed; undefined removes one. */
const withItem = (change: Record<string, unknown>) => ({ items: [{ ...items(1)[0], ...change }] });
const withField = (change: Record<string, unknown>) => ({ items: items(1), ...change });
const keys = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`key${i}`, "value"]));
const longUrl = (length: number) => "https://example.com/".padEnd(length, "x");

describe("what is accepted", () => {
  const rows: [rule: string, body: object, expected: object][] = [
    ["one item", withField({}), { total_urls: 1, completed_urls: 0, failed_urls: 0, status: "in_progress" }],
    ["a custom_id of one character", withItem({ custom_id: "x" }), {}],
    ["a custom_id of 255 characters", withItem({ custom_id: "x".repeat(255) }), {}],
    ["a custom_id of 255 characters beyond the basic plane", withItem({ custom_id: "🕸".repeat(255) }), {}],
    ["an http URL", withItem({ url: "http://example.com" }), {}],
    ["a URL of 8192 characters", withItem({ url: longUrl(8192) }), {}],
    ["a URL with a port, a query and a fragment", withItem({ url: "https://example.com:8443/a?b=c#d" }), {}],
    ["a URL with an international name", withItem({ url: "https://bücher.example/ü" }), {}],
    ["item metadata", withItem({ metadata: { a: "b" } }), {}],
    ["item metadata that are null", withItem({ metadata: null }), {}],
    ["no parser", withField({}), { parser: "none", batch_parser: "none" }],
    ["a parser that is null", withField({ parser: null }), { parser: "none", batch_parser: "none" }],
    ["a country that is null", withField({ country: null }), {}],
    ["links that are null", withField({ links_on_page: null }), {}],
    ["webhooks that are null", withField({ webhook: null, webhook_url: null }), {}],
    ["unknown fields that are null", withField({ unknown: null }), {}],
    [
      "JSON that begins with a byte order mark",
      `\ufeff${JSON.stringify(withField({}))}` as unknown as object,
      {},
    ],
    [
      "a field given twice: the last",
      `{"items":null,"items":${JSON.stringify(items(1))}}` as unknown as object,
      {},
    ],
    [
      "keys that JavaScript objects have a use for",
      `{"__proto__":{"items":[]},"constructor":1,"items":[{"__proto__":{"x":1},"custom_id":"a","url":"https://example.com","toString":0}]}` as unknown as object,
      {},
    ],
    ["a country", withField({ country: "DE" }), { country: "DE", batch_country: "DE" }],
    ["a country in lower case", withField({ country: "gb" }), { country: "GB", batch_country: "GB" }],
    ["RANDOM", withField({ country: "RANDOM" }), { country: "RANDOM", batch_country: "RANDOM" }],
    ["RANDOM in any case", withField({ country: "Random" }), { country: "RANDOM" }],
    [
      "links with the defaults",
      withField({ links_on_page: {} }),
      { links_on_page: { absolute_links: true } },
    ],
    [
      "links with everything",
      withField({
        links_on_page: {
          absolute_links: false,
          include_links: ["/a/*"],
          exclude_links: ["*.pdf", "/b/**"],
          query_to_order_links_by: "prices",
        },
      }),
      {
        links_on_page: {
          absolute_links: false,
          include_links: ["/a/*"],
          exclude_links: ["*.pdf", "/b/**"],
          query_to_order_links_by: "prices",
        },
      },
    ],
    [
      "link fields that are null",
      withField({ links_on_page: { absolute_links: null, include_links: null, exclude_links: null } }),
      { links_on_page: { absolute_links: true } },
    ],
    ["metadata", withField({ metadata: { order: "42" } }), { metadata: { order: "42" } }],
    ["no metadata", withField({}), { metadata: {} }],
    ["metadata that are null", withField({ metadata: null }), { metadata: {} }],
    ["a metadata key that is null", withField({ metadata: { a: null, b: "c" } }), { metadata: { b: "c" } }],
    ["an empty metadata value", withField({ metadata: { a: "" } }), { metadata: { a: "" } }],
    [
      "metadata that are numbers and booleans",
      withField({ metadata: { n: 42, f: 1.5, z: -0, t: true, f2: false } }),
      { metadata: { n: "42", f: "1.5", z: "0", t: "true", f2: "false" } },
    ],
    ["50 metadata keys", withField({ metadata: keys(50) }), { metadata: keys(50) }],
    [
      "50 metadata keys besides some that are null",
      withField({ metadata: { ...keys(50), a: null, b: null } }),
      { metadata: keys(50) },
    ],
    [
      "a metadata key of 40 characters",
      withField({ metadata: { ["k".repeat(40)]: "v" } }),
      { metadata: { ["k".repeat(40)]: "v" } },
    ],
    [
      "a metadata value of 500 characters",
      withField({ metadata: { k: "v".repeat(500) } }),
      { metadata: { k: "v".repeat(500) } },
    ],
    [
      "metadata keys that JavaScript objects have a use for",
      `{"items":${JSON.stringify(items(1))},"metadata":{"__proto__":"a","constructor":"b"}}` as unknown as object,
      { metadata: JSON.parse('{"__proto__":"a","constructor":"b"}') },
    ],
    [
      "a webhook",
      withField({ webhook: "https://example.com/hook" }),
      { webhook: "https://example.com/hook" },
    ],
    ["the alias", withField({ webhook_url: "https://example.com/x" }), { webhook: "https://example.com/x" }],
    [
      "the webhook before its alias",
      withField({ webhook: "https://example.com/a", webhook_url: "https://example.com/b" }),
      { webhook: "https://example.com/a" },
    ],
    [
      "the alias when the webhook is null",
      withField({ webhook: null, webhook_url: "https://example.com/b" }),
      { webhook: "https://example.com/b" },
    ],
    ["unknown fields at every level", { ...withItem({ x: 1 }), y: { z: 2 }, links_on_page: { w: 3 } }, {}],
  ];

  it.each(rows)("%s", async (_rule, body, expected) => {
    const answer = await post(body, { "Content-Type": "application/json" });
    expect(answer.body).toMatchObject(expected);
    expect(answer.status).toBe(200);
  });

  it("leaves out what was not given", async () => {
    const { body } = await post(withField({}));
    expect(Object.keys(body).sort()).toEqual(
      [
        "id",
        "object",
        "status",
        "created",
        "completed_at",
        "total_urls",
        "completed_urls",
        "failed_urls",
        "parser",
        "metadata",
        "credits_consumed",
        "cost_usd",
        "number_retried",
        "start_date",
        "batch_parser",
      ].sort(),
    );
    expect(body).toMatchObject({
      object: "batch",
      credits_consumed: null,
      cost_usd: null,
      completed_at: null,
    });
    expect(body.id).toMatch(/^batch_[0-9A-Za-z]+$/);
    expect(Math.abs(body.created - Date.now() / 1000)).toBeLessThan(60);
    expect(body.start_date).toBe(new Date(body.created * 1000).toISOString().slice(0, 10));
  });

  it("is what a read shows", async () => {
    const made = await post(
      withField({ country: "fr", metadata: { a: 1 }, webhook: "https://example.com/h" }),
    );
    const read = await caller.call("GET", `/v1/batches/${made.body.id}`);
    expect(read.body).toEqual(made.body);
  });

  it.each([
    "application/json",
    "application/json; charset=utf-8",
    "APPLICATION/JSON",
    "application/vnd.api+json",
  ])("takes %s", async (type) => {
    expect((await post(JSON.stringify(withField({})), { "Content-Type": type })).status).toBe(200);
  });

  it("takes 10,000 items", async () => {
    const { status, body } = await post({ items: items(10_000) });
    expect({ status, total: body.total_urls }).toEqual({ status: 200, total: 10_000 });
  });
});

describe("what is refused as validation_error", () => {
  const rows: [rule: string, body: unknown, path: string, says: RegExp][] = [
    ["no items", {}, "items", /array of 1 to 10000/],
    ["items that are null", { items: null }, "items", /array/],
    ["items that are an object", { items: {} }, "items", /array/],
    ["an empty list of items", { items: [] }, "items", /1 to 10000 items; 0 were given/],
    ["10,001 items", { items: items(10_001) }, "items", /10001 were given/],
    ["an item that is null", { items: [null] }, "items[0]", /Must be an object; got/],
    ["an item that is a string", { items: ["https://example.com"] }, "items[0]", /Must be an object; got/],
    ["no custom_id", withItem({ custom_id: undefined }), "items[0].custom_id", /Must be a string; got/],
    [
      "a custom_id that is null",
      withItem({ custom_id: null }),
      "items[0].custom_id",
      /Must be a string; got/,
    ],
    [
      "a custom_id that is a number",
      withItem({ custom_id: 7 }),
      "items[0].custom_id",
      /Must be a string; got \d+/,
    ],
    [
      "an empty custom_id",
      withItem({ custom_id: "" }),
      "items[0].custom_id",
      /1 to 255 characters; it has 0/,
    ],
    [
      "a custom_id of 256 characters",
      withItem({ custom_id: "x".repeat(256) }),
      "items[0].custom_id",
      /has 256/,
    ],
    ["a custom_id with U+0000", withItem({ custom_id: "a\0b" }), "items[0].custom_id", /U\+0000/],
    ["a custom_id with half a pair", withItem({ custom_id: "\ud83d" }), "items[0].custom_id", /surrogate/],
    [
      "a custom_id twice",
      { items: [...items(2), items(1)[0]] },
      "items[2].custom_id",
      /items\[0\] has the same/,
    ],
    ["no url", withItem({ url: undefined }), "items[0].url", /Must be a string; got/],
    ["a url that is null", withItem({ url: null }), "items[0].url", /Must be a string; got/],
    ["an empty url", withItem({ url: "" }), "items[0].url", /has 0/],
    ["a relative url", withItem({ url: "/page" }), "items[0].url", /absolute http or https URL; "\/page"/],
    ["a url without a scheme", withItem({ url: "example.com" }), "items[0].url", /absolute/],
    ["an ftp url", withItem({ url: "ftp://example.com" }), "items[0].url", /scheme is ftp/],
    ["a javascript url", withItem({ url: "javascript:alert(1)" }), "items[0].url", /scheme is javascript/],
    ["a url without a host", withItem({ url: "https://" }), "items[0].url", /absolute/],
    ["a url of 8193 characters", withItem({ url: longUrl(8193) }), "items[0].url", /has 8193/],
    [
      "a file url of 5000 characters that take two units each",
      withItem({ url: `file:///${"😀".repeat(4992)}` }),
      "items[0].url",
      /scheme is file/,
    ],
    [
      "item metadata that are a string",
      withItem({ metadata: "a" }),
      "items[0].metadata",
      /a string was given/,
    ],
    [
      "an item metadata value",
      withItem({ metadata: { a: [] } }),
      "items[0].metadata.a",
      /an array was given/,
    ],
    ["a country that is none", withField({ country: "XX" }), "country", /"XX" was given/],
    ["a country of three letters", withField({ country: "DEU" }), "country", /alpha-2/],
    ["an empty country", withField({ country: "" }), "country", /alpha-2/],
    ["a country whose upper case alone is one", withField({ country: "ıt" }), "country", /"ıt" was given/],
    ["a country with half a pair", withField({ country: "\ud83d" }), "country", /alpha-2/],
    ["a country that is a number", withField({ country: 49 }), "country", /Must be a string; got/],
    ["a parser that is a string", withField({ parser: "x" }), "parser", /Must be an object; got/],
    ["a parser without id", withField({ parser: {} }), "parser.id", /Must be a string; got/],
    [
      "a parser with an id that is null",
      withField({ parser: { id: null } }),
      "parser.id",
      /Must be a string; got/,
    ],
    [
      "a parser version of 0",
      withField({ parser: { id: "a", version: 0 } }),
      "parser.version",
      /whole number from 1/,
    ],
    ["an empty parser id", withField({ parser: { id: "" } }), "parser.id", /1 to 255 characters/],
    ["a parser id of 256 characters", withField({ parser: { id: "x".repeat(256) } }), "parser.id", /has 256/],
    [
      "a parser id that is a number",
      withField({ parser: { id: 1 } }),
      "parser.id",
      /Must be a string; got \d+/,
    ],
    ["a parser that is an array", withField({ parser: [] }), "parser", /Must be an object; got/],
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
      "half a parser version",
      withField({ parser: { id: "a", version: 1.5 } }),
      "parser.version",
      /whole number/,
    ],
    [
      "a parser version without end",
      `{"items":${JSON.stringify(items(1))},"parser":{"id":"a","version":1e999}}`,
      "parser.version",
      /whole number/,
    ],
    ["links that are true", withField({ links_on_page: true }), "links_on_page", /Must be an object; got/],
    [
      "absolute_links that is a string",
      withField({ links_on_page: { absolute_links: "yes" } }),
      "links_on_page.absolute_links",
      /Must be a boolean; got a string/,
    ],
    [
      "include_links that is a string",
      withField({ links_on_page: { include_links: "*" } }),
      "links_on_page.include_links",
      /Must be an array; got a string/,
    ],
    [
      "a pattern that is a number",
      withField({ links_on_page: { exclude_links: ["*", 5] } }),
      "links_on_page.exclude_links[1]",
      /Must be a string; got/,
    ],
    ["metadata that are an array", withField({ metadata: [] }), "metadata", /an array was given/],
    ["metadata that are a number", withField({ metadata: 1 }), "metadata", /a number was given/],
    ["51 metadata keys", withField({ metadata: keys(51) }), "metadata", /at most 50 keys; 51 were given/],
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
    [
      "a metadata value that is an object",
      withField({ metadata: { k: {} } }),
      "metadata.k",
      /an object was given/,
    ],
    [
      "a metadata value that is an array",
      withField({ metadata: { k: [] } }),
      "metadata.k",
      /an array was given/,
    ],
    [
      "a metadata value beyond all numbers",
      `{"items":${JSON.stringify(items(1))},"metadata":{"k":1e999}}`,
      "metadata.k",
      /beyond what a double can hold/,
    ],
    [
      "a metadata key with U+0000",
      withField({ metadata: { "a\0": "b" } }),
      'metadata["a\\u0000"]',
      /U\+0000/,
    ],
    ["a metadata value with U+0000", withField({ metadata: { a: "b\0" } }), "metadata.a", /U\+0000/],
    [
      "a metadata key with half a pair",
      withField({ metadata: { "\udc00": "b" } }),
      'metadata["\\udc00"]',
      /surrogate/,
    ],
    [
      "a metadata value with half a pair",
      withField({ metadata: { a: "\ud83d" } }),
      "metadata.a",
      /surrogate/,
    ],
    ["links that are an array", withField({ links_on_page: [] }), "links_on_page", /Must be an object; got/],
    [
      "101 patterns",
      withField({ links_on_page: { include_links: Array(101).fill("*") } }),
      "links_on_page.include_links",
      /Must have at most 100 elements; got 101/,
    ],
    [
      "an empty pattern",
      withField({ links_on_page: { include_links: [""] } }),
      "links_on_page.include_links[0]",
      /has 0/,
    ],
    [
      "a pattern of 1001 characters",
      withField({ links_on_page: { exclude_links: ["x".repeat(1001)] } }),
      "links_on_page.exclude_links[0]",
      /has 1001/,
    ],
    [
      "an order of links that is a list",
      withField({ links_on_page: { query_to_order_links_by: ["a"] } }),
      "links_on_page.query_to_order_links_by",
      /Must be a string; got/,
    ],
    ["an empty webhook", withField({ webhook: "" }), "webhook", /has 0/],
    ["a webhook of 8193 characters", withField({ webhook: longUrl(8193) }), "webhook", /has 8193/],
    ["an ftp webhook", withField({ webhook: "ftp://example.com" }), "webhook", /scheme is ftp/],
    [
      "an alias that is off beside a webhook",
      withField({ webhook: "https://example.com/a", webhook_url: 5 }),
      "webhook_url",
      /Must be a string; got/,
    ],
    ["a webhook that is no URL", withField({ webhook: "hook" }), "webhook", /absolute http or https/],
    ["a webhook that is a number", withField({ webhook: 1 }), "webhook", /Must be a string; got/],
    ["an alias that is no URL", withField({ webhook_url: "hook" }), "webhook_url", /absolute http or https/],
  ];

  it.each(rows)("%s", async (_rule, body, path, says) => {
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

  it("reports all faults together", async () => {
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

  it("lists 100 faults at most, and counts the rest", async () => {
    const answer = await post({
      items: items(10_000).map(({ custom_id }) => ({ custom_id })),
      country: "XX",
    });
    expect(answer.body.errors).toHaveLength(100);
    expect(answer.body.metadata).toEqual({ total_errors: 10_001 });
  });

  it("bears as many faults as a body can hold", async () => {
    const metadata = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`[${i}`, {}]));
    const body = { items: items(10_000).map((item) => ({ ...item, metadata })) };
    const answer = await post(body, {});
    expect(answer.body.metadata).toEqual({ total_errors: 1_000_000 });
  });
});

describe("what is not a JSON object", () => {
  const json = { "Content-Type": "application/json" };
  const rows: [
    rule: string,
    body: string | Uint8Array,
    headers: Record<string, string>,
    status: number,
    code: string,
  ][] = [
    ["an empty body", "", json, 400, "invalid_json"],
    ["half an object", '{"items": [', json, 400, "invalid_json"],
    ["no JSON", "items=1", json, 400, "invalid_json"],
    ["an array", "[]", json, 400, "invalid_json"],
    ["a string", '"items"', json, 400, "invalid_json"],
    ["null", "null", json, 400, "invalid_json"],
    ["bytes that are not UTF-8", new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]), json, 400, "invalid_json"],
    ["JSON in UTF-16", new Uint8Array([0xff, 0xfe, 0x7b, 0, 0x7d, 0]), json, 400, "invalid_json"],
    [
      "a form",
      "items=1",
      { "Content-Type": "application/x-www-form-urlencoded" },
      415,
      "unsupported_media_type",
    ],
    ["plain text", "{}", { "Content-Type": "text/plain" }, 415, "unsupported_media_type"],
    ["something like JSON", "{}", { "Content-Type": "application/jsonp" }, 415, "unsupported_media_type"],
  ];

  it.each(rows)("%s", async (_rule, body, headers, status, code) => {
    const answer = await post(body, headers);
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
  });

  it("says where reading it stopped", async () => {
    const answer = await post(`{"padding": "${"x".repeat(100)}", "items": [}`, json);
    expect(answer.body.detail).toMatch(/Unexpected token/);
  });

  it("bears an array that is nested as deep as a body can", async () => {
    const answer = await post(`{"items": ${"[".repeat(500_000)}${"]".repeat(500_000)}}`, json);
    expect(answer.status).toBe(400);
  });

  it("refuses a body over the limit, whether its length is declared or not", async () => {
    const env = { MAX_BODY_BYTES: "2000" };
    const body = JSON.stringify({ items: items(1), padding: "x".repeat(2000) });
    const declared = await caller.call("POST", "/v1/batches", { body, headers: json, env });
    expect({ status: declared.status, code: declared.body.code }).toEqual({
      status: 413,
      code: "payload_too_large",
    });
    const stream = new Blob([body]).stream();
    const streamed = await caller.call("POST", "/v1/batches", { body: stream, headers: json, env });
    expect(streamed.status).toBe(413);
  });
});
