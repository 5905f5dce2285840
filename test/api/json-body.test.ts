/** The checks on the body of a request: its size, its type, and its syntax. */
import { describe, expect, it } from "vitest";
import { items, newCaller } from "./caller.ts";

const caller = await newCaller();
const post = (body: unknown, headers: Record<string, string> = {}) =>
  caller.call("POST", "/v1/batches", { body, headers });
const json = { "Content-Type": "application/json" };

describe("a body", () => {
  const rows: [
    rule: string,
    body: string | Uint8Array,
    headers: Record<string, string>,
    status: number,
    code: string,
  ][] = [
    ["empty", "", json, 400, "invalid_json"],
    ["half an object", '{"items": [', json, 400, "invalid_json"],
    ["not JSON", "items=1", json, 400, "invalid_json"],
    ["an array", "[]", json, 400, "invalid_json"],
    ["a string", '"items"', json, 400, "invalid_json"],
    ["null", "null", json, 400, "invalid_json"],
    ["not UTF-8", new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]), json, 400, "invalid_json"],
    ["JSON in UTF-16", new Uint8Array([0xff, 0xfe, 0x7b, 0, 0x7d, 0]), json, 400, "invalid_json"],
    [
      "a form",
      "items=1",
      { "Content-Type": "application/x-www-form-urlencoded" },
      415,
      "unsupported_media_type",
    ],
    ["plain text", "{}", { "Content-Type": "text/plain" }, 415, "unsupported_media_type"],
    [
      "of a type similar to JSON",
      "{}",
      { "Content-Type": "application/jsonp" },
      415,
      "unsupported_media_type",
    ],
  ];

  it.each(rows)("is refused if it is %s", async (_rule, body, headers, status, code) => {
    const answer = await post(body, headers);
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
  });

  it("is refused with a detail that says where parsing failed", async () => {
    const answer = await post(`{"padding": "${"x".repeat(100)}", "items": [}`, json);
    expect(answer.body.detail).toMatch(/Unexpected token/);
  });

  it("can be nested as deep as its size allows", async () => {
    const answer = await post(`{"items": ${"[".repeat(500_000)}${"]".repeat(500_000)}}`, json);
    expect(answer.status).toBe(400);
  });

  it("is refused before it is parsed if it has more values than any request needs", async () => {
    const answer = await post(`{"items": [${"{},".repeat(600_000)}{}]}`, json);
    expect({ status: answer.status, code: answer.body.code }).toEqual({
      status: 413,
      code: "payload_too_large",
    });
    expect(answer.body.detail).toBe("The body must have at most 600000 JSON values; got 600003.");
  });

  it("is refused over the limit, whether its length is declared or not", async () => {
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

describe("the checks of a body", () => {
  const env = { MAX_BODY_BYTES: "2000" };
  const long = "x".repeat(3000);
  const rows: [what: string, body: string, headers: Record<string, string>, status: number][] = [
    ["size before type", long, { "Content-Type": "text/plain" }, 413],
    ["type before syntax", "{", { "Content-Type": "text/plain" }, 415],
    ["syntax before rules", '{"items": 5', json, 400],
  ];
  it.each(rows)("run in order: %s", async (_what, body, headers, status) => {
    expect((await caller.call("POST", "/v1/batches", { body, headers, env })).status).toBe(status);
  });

  it("stop reading at the size limit", async () => {
    let sent = 0;
    const endless = new ReadableStream(
      {
        pull(controller) {
          sent += 1000;
          controller.enqueue(new Uint8Array(1000));
        },
      },
      { highWaterMark: 0 },
    );
    const answer = await caller.call("POST", "/v1/batches", { body: endless, headers: json, env });
    expect(answer.body).toMatchObject({ status: 413, code: "payload_too_large", title: "Payload Too Large" });
    expect(sent).toBeLessThan(10_000);
  });
});

describe("the content type", () => {
  const body = JSON.stringify({ items: items(1) });
  const rows: [type: string, status: number][] = [
    ["application/json", 200],
    ["application/json;charset=UTF-8", 200],
    ["application/json ; charset=utf-8", 200],
    ['application/json; charset="utf-8"; x=y', 200],
    ["Application/JSON", 200],
    ["application/problem+json", 200],
    ["application/vnd.a_b-c.d+json", 200],
    ["text/json", 415],
    ["text/plain;charset=UTF-8", 415],
    ["application/jsonp", 415],
    ["application/json5", 415],
    ["application/x-ndjson", 415],
    ["json", 415],
    ["multipart/form-data; boundary=json", 415],
  ];
  it.each(rows)("%s returns %i", async (type, status) => {
    const answer = await caller.call("POST", "/v1/batches", { body, headers: { "Content-Type": type } });
    expect(answer.status).toBe(status);
    if (status === 415)
      expect(answer.body).toMatchObject({ code: "unsupported_media_type", title: "Unsupported Media Type" });
  });

  it("is required", async () => {
    const bytes = new TextEncoder().encode(body);
    const answer = await caller.call("POST", "/v1/batches", { body: bytes });
    expect(answer.body).toMatchObject({ status: 415, detail: expect.stringMatching(/got none/) });
  });
});
