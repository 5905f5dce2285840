/** `POST /v1/batches`: what it accepts. */
import { describe, expect, it } from "vitest";
import { metadataKeys, urlOfLength, withField, withItem } from "./batch-requests.ts";
import { items, newCaller } from "./caller.ts";

const caller = await newCaller();
const post = (body: unknown, headers: Record<string, string> = {}) =>
  caller.call("POST", "/v1/batches", { body, headers });

describe("POST /v1/batches", () => {
  const rows: [rule: string, body: object, expected: object][] = [
    ["one item", withField({}), { total_urls: 1, completed_urls: 0, failed_urls: 0, status: "in_progress" }],
    ["a custom_id of one character", withItem({ custom_id: "x" }), {}],
    ["a custom_id of 2048 characters", withItem({ custom_id: "x".repeat(2048) }), {}],
    ["a custom_id of 2048 characters outside the basic plane", withItem({ custom_id: "🕸".repeat(2048) }), {}],
    ["an http URL", withItem({ url: "http://example.com" }), {}],
    ["a URL of 8192 characters", withItem({ url: urlOfLength(8192) }), {}],
    ["a URL with a port, a query and a fragment", withItem({ url: "https://example.com:8443/a?b=c#d" }), {}],
    ["a URL with an international name", withItem({ url: "https://bücher.example/ü" }), {}],
    ["item metadata", withItem({ metadata: { a: "b" } }), {}],
    ["null item metadata", withItem({ metadata: null }), {}],
    ["no parser", withField({}), { parser: "none", batch_parser: "none" }],
    ["a null parser", withField({ parser: null }), { parser: "none", batch_parser: "none" }],
    ["a null country", withField({ country: null }), {}],
    ["null links_on_page", withField({ links_on_page: null }), {}],
    ["null webhooks", withField({ webhook: null, webhook_url: null }), {}],
    ["null unknown fields", withField({ unknown: null }), {}],
    ["JSON with a byte order mark", `\ufeff${JSON.stringify(withField({}))}` as unknown as object, {}],
    [
      "a field given twice, using the last value",
      `{"items":null,"items":${JSON.stringify(items(1))}}` as unknown as object,
      {},
    ],
    [
      "keys that are special to JavaScript objects",
      `{"__proto__":{"items":[]},"constructor":1,"items":[{"__proto__":{"x":1},"custom_id":"a","url":"https://example.com","toString":0}]}` as unknown as object,
      {},
    ],
    ["a country", withField({ country: "DE" }), { country: "DE", batch_country: "DE" }],
    ["a country in lower case", withField({ country: "gb" }), { country: "GB", batch_country: "GB" }],
    ["RANDOM", withField({ country: "RANDOM" }), { country: "RANDOM", batch_country: "RANDOM" }],
    ["RANDOM in any case", withField({ country: "Random" }), { country: "RANDOM" }],
    [
      "links_on_page with the defaults",
      withField({ links_on_page: {} }),
      { links_on_page: { absolute_links: true } },
    ],
    [
      "links_on_page with every field",
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
      "null fields of links_on_page",
      withField({ links_on_page: { absolute_links: null, include_links: null, exclude_links: null } }),
      { links_on_page: { absolute_links: true } },
    ],
    ["metadata", withField({ metadata: { order: "42" } }), { metadata: { order: "42" } }],
    ["no metadata", withField({}), { metadata: {} }],
    ["null metadata", withField({ metadata: null }), { metadata: {} }],
    [
      "a null metadata value, as if the key were not sent",
      withField({ metadata: { a: null, b: "c" } }),
      { metadata: { b: "c" } },
    ],
    ["an empty metadata value", withField({ metadata: { a: "" } }), { metadata: { a: "" } }],
    [
      "numbers and booleans as metadata",
      withField({ metadata: { n: 42, f: 1.5, z: -0, t: true, f2: false } }),
      { metadata: { n: "42", f: "1.5", z: "0", t: "true", f2: "false" } },
    ],
    ["50 metadata keys", withField({ metadata: metadataKeys(50) }), { metadata: metadataKeys(50) }],
    [
      "50 metadata keys and further null ones",
      withField({ metadata: { ...metadataKeys(50), a: null, b: null } }),
      { metadata: metadataKeys(50) },
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
      "metadata keys that are special to JavaScript objects",
      `{"items":${JSON.stringify(items(1))},"metadata":{"__proto__":"a","constructor":"b"}}` as unknown as object,
      { metadata: JSON.parse('{"__proto__":"a","constructor":"b"}') },
    ],
    [
      "a webhook",
      withField({ webhook: "https://example.com/hook" }),
      { webhook: "https://example.com/hook" },
    ],
    [
      "webhook_url as an alias of webhook",
      withField({ webhook_url: "https://example.com/x" }),
      { webhook: "https://example.com/x" },
    ],
    [
      "webhook over its alias",
      withField({ webhook: "https://example.com/a", webhook_url: "https://example.com/b" }),
      { webhook: "https://example.com/a" },
    ],
    [
      "the alias when webhook is null",
      withField({ webhook: null, webhook_url: "https://example.com/b" }),
      { webhook: "https://example.com/b" },
    ],
    ["unknown fields at every level", { ...withItem({ x: 1 }), y: { z: 2 }, links_on_page: { w: 3 } }, {}],
  ];

  it.each(rows)("accepts %s", async (_rule, body, expected) => {
    const answer = await post(body, { "Content-Type": "application/json" });
    expect(answer.body).toMatchObject(expected);
    expect(answer.status).toBe(200);
  });

  it("leaves out the fields that were not given", async () => {
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

  it("returns the same object as reading the batch", async () => {
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
  ])("accepts the content type %s", async (type) => {
    expect((await post(JSON.stringify(withField({})), { "Content-Type": type })).status).toBe(200);
  });

  it("accepts 10,000 items", async () => {
    const { status, body } = await post({ items: items(10_000) });
    expect({ status, total: body.total_urls }).toEqual({ status: 200, total: 10_000 });
  });
});
