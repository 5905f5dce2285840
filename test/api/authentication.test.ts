/** API keys: which requests get a 401, and how guessing keys is limited. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { issueKey } from "../../src/account/issue-key.ts";
import { newKey } from "../../src/account/keys.ts";
import { revokeKey } from "../../src/db/accounts.ts";
import { database } from "../../src/db/client.ts";
import { anonymous, callWith, newCaller } from "./caller.ts";
import { operations, withParameters } from "./documented-operations.ts";

const caller = await newCaller();
const json = { "Content-Type": "application/json" };

describe("authentication", async () => {
  const revoked = await issueKey(database(env.DB), "account of a revoked key");
  await revokeKey(database(env.DB), revoked.id, Date.now());

  const rows: [who: string, headers: Record<string, string>, detail: RegExp][] = [
    ["no key", {}, /^No API key/],
    ["an empty header", { Authorization: "" }, /^No API key/],
    ["another scheme", { Authorization: `Basic ${caller.key}` }, /must have the form/],
    ["no scheme", { Authorization: caller.key }, /must have the form/],
    ["a scheme without a key", { Authorization: "Bearer" }, /must have the form/],
    ["two keys", { Authorization: `Bearer ${caller.key} ${caller.key}` }, /must have the form/],
    ["a key of the wrong form", { Authorization: "Bearer secret" }, /is unknown or/],
    ["an unknown key", { Authorization: `Bearer trawl_${"x".repeat(32)}` }, /is unknown or/],
    ["a key in upper case", { Authorization: `Bearer ${caller.key.toUpperCase()}` }, /is unknown or/],
    ["a truncated key", { Authorization: `Bearer ${caller.key.slice(0, -1)}` }, /is unknown or/],
    ["a key with an extra character", { Authorization: `Bearer ${caller.key}x` }, /is unknown or/],
    ["a revoked key", { Authorization: `Bearer ${revoked.key}` }, /has been revoked/],
    ["a key of one megabyte", { Authorization: `Bearer ${"x".repeat(1_000_000)}` }, /is unknown or/],
  ];
  it.each(rows)("returns 401 for %s", async (_who, headers, detail) => {
    const answer = await callWith(headers)("GET", "/v1/batches");
    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({
      code: "invalid_api_key",
      title: "Unauthorized",
      invalid_api_key: true,
    });
    expect(answer.body.detail).toMatch(detail);
    expect(answer.body.message).toBe(answer.body.detail);
    expect(answer.headers.get("WWW-Authenticate")).toBe("Bearer");
  });

  it.each(["bearer", "BEARER"])("accepts the scheme written as %s", async (scheme) => {
    const call = callWith({ Authorization: `${scheme} ${caller.key}` });
    expect((await call("GET", "/v1/batches/recent")).status).toBe(200);
  });

  it.each(operations.filter(({ secured }) => secured))(
    "returns 401 for $method $path without a key",
    async (operation) => {
      const path = withParameters(operation.path, "x");
      const answer = await anonymous(operation.method, path, operation.takesBody ? { body: "{" } : {});
      expect(answer.status).toBe(401);
    },
  );

  it("is checked before the path, the method and the content type", async () => {
    const answers = await Promise.all([
      anonymous("GET", "/v1"),
      anonymous("GET", "/v1/nothing"),
      anonymous("DELETE", "/v1/batches"),
      anonymous("POST", "/v1/batches", { body: "x", headers: { "Content-Type": "text/plain" } }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
  });

  it("is checked before any of the body is read", async () => {
    let pulled = 0;
    const endless = new ReadableStream(
      {
        pull(controller) {
          pulled += 1;
          controller.enqueue(new Uint8Array(65_536));
        },
      },
      { highWaterMark: 0 },
    );
    expect((await anonymous("POST", "/v1/batches", { body: endless, headers: json })).status).toBe(401);
    expect(pulled).toBe(0);
  });
});

describe("guessing keys", () => {
  const unknown = () => callWith({ Authorization: `Bearer ${newKey()}` });
  const guess = async (address: string) => {
    const headers = { "CF-Connecting-IP": address };
    const limited = { headers, env: { RATE_LIMIT: env.TIGHT_RATE_LIMIT } };
    return (await unknown()("GET", "/v1/batches/recent", limited)).status;
  };

  it("is limited per address, without locking out a valid key at the same address", async () => {
    const headers = { "CF-Connecting-IP": "192.0.2.1" };
    const statuses = [];
    for (let i = 0; i < 4; i += 1) statuses.push(await guess("192.0.2.1"));
    expect(statuses).toEqual([401, 401, 401, 429]);
    expect(await guess("192.0.2.2")).toBe(401);
    await caller.call("GET", "/v1/batches/recent");
    const limited = { headers, env: { RATE_LIMIT: env.TIGHT_RATE_LIMIT } };
    expect((await caller.call("GET", "/v1/batches/recent", limited)).status).toBe(200);
  });

  it("is limited per /64 network of IPv6", async () => {
    const statuses = [];
    for (let i = 0; i < 4; i += 1) statuses.push(await guess(`2001:db8:1:2:${i}::1`));
    expect(statuses).toEqual([401, 401, 401, 429]);
    expect(await guess("2001:db8:1:3::1")).toBe(401);
  });

  it("makes no query once the limit is reached", async () => {
    const RATE_LIMIT = { limit: async () => ({ success: false }) };
    const DB = {} as D1Database;
    const { status } = await unknown()("GET", "/v1/batches/recent", { env: { RATE_LIMIT, DB } });
    expect(status).toBe(429);
  });

  it("looks up a known key again on every request, so that revoking it takes effect", async () => {
    const { id, key } = await issueKey(database(env.DB), "account of a key that is revoked later");
    const call = callWith({ Authorization: `Bearer ${key}` });
    expect((await call("GET", "/v1/batches/recent")).status).toBe(200);
    await revokeKey(database(env.DB), id, Date.now());
    expect((await call("GET", "/v1/batches/recent")).status).toBe(401);
  });
});
