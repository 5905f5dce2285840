/** Errors, row by row; and what any request at all gets: CORS, HEAD, OPTIONS, odd paths and methods. */
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { issueKey } from "../../src/account/issue-key.ts";
import { newKey } from "../../src/account/keys.ts";
import { type ProblemCode, problemTypes, slugOf } from "../../src/api/problem-types.ts";
import { revokeKey } from "../../src/db/accounts.ts";
import { database } from "../../src/db/client.ts";
import { anonymous, callWith, items, newBatch, newCaller, origin } from "./caller.ts";
import { operations, withParameters } from "./documented-operations.ts";

const caller = await newCaller();
const json = { "Content-Type": "application/json" };

describe("a problem", () => {
  it("has all fields of the contract", async () => {
    const { status, headers, body } = await caller.call("GET", "/v1/batches/batch_x");
    expect(status).toBe(404);
    expect(headers.get("Content-Type")).toBe("application/problem+json");
    expect(body).toEqual({
      id: expect.stringMatching(/^error_[0-9A-Za-z]{22}$/),
      object: "error",
      code: "batch_not_found",
      type: `${origin}/errors/batch-not-found`,
      status: 404,
      title: "Not Found",
      detail: 'No such batch: "batch_x".',
      message: 'No such batch: "batch_x".',
      created: expect.any(Number),
      metadata: {},
    });
    expect(Math.abs(body.created - Date.now() / 1000)).toBeLessThan(60);
  });

  it.each(Object.keys(problemTypes) as ProblemCode[])("%s has a page that explains it", async (code) => {
    const { status, title, meaning } = problemTypes[code];
    const page = await anonymous("GET", `/errors/${slugOf(code)}`);
    expect(page.status).toBe(200);
    expect(page.headers.get("Content-Type")).toMatch(/^text\/html/);
    expect(page.text).toContain(`<h1>${status} ${title}</h1>`);
    expect(page.text).toContain(meaning.split(/[`']/)[0]);
  });

  it("has no page for what is none", async () => {
    const { status, body } = await anonymous("GET", "/errors/%3Cscript%3E");
    expect({ status, code: body.code }).toEqual({ status: 404, code: "not_found" });
  });
});

describe("401", async () => {
  const revoked = await issueKey(database(env.DB), "account of a revoked key");
  await revokeKey(database(env.DB), revoked.id, Date.now());

  const rows: [who: string, headers: Record<string, string>, detail: RegExp][] = [
    ["no key", {}, /^No API key/],
    ["an empty header", { Authorization: "" }, /^No API key/],
    ["another scheme", { Authorization: `Basic ${caller.key}` }, /must have the form/],
    ["no scheme", { Authorization: caller.key }, /must have the form/],
    ["a scheme alone", { Authorization: "Bearer" }, /must have the form/],
    ["two keys", { Authorization: `Bearer ${caller.key} ${caller.key}` }, /must have the form/],
    ["a key of another form", { Authorization: "Bearer secret" }, /is unknown or/],
    ["an unknown key", { Authorization: `Bearer trawl_${"x".repeat(32)}` }, /is unknown or/],
    ["a key in upper case", { Authorization: `Bearer ${caller.key.toUpperCase()}` }, /is unknown or/],
    ["half a key", { Authorization: `Bearer ${caller.key.slice(0, -1)}` }, /is unknown or/],
    ["a key that goes on", { Authorization: `Bearer ${caller.key}x` }, /is unknown or/],
    ["a revoked key", { Authorization: `Bearer ${revoked.key}` }, /has been revoked/],
    ["a key of one megabyte", { Authorization: `Bearer ${"x".repeat(1_000_000)}` }, /is unknown or/],
  ];
  it.each(rows)("for %s", async (_who, headers, detail) => {
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

  it.each(["bearer", "BEARER"])("not for the scheme written %s", async (scheme) => {
    const call = callWith({ Authorization: `${scheme} ${caller.key}` });
    expect((await call("GET", "/v1/batches/recent")).status).toBe(200);
  });

  it.each(operations.filter(({ secured }) => secured))(
    "for $method $path without a key",
    async (operation) => {
      const path = withParameters(operation.path, "x");
      const answer = await anonymous(operation.method, path, operation.takesBody ? { body: "{" } : {});
      expect(answer.status).toBe(401);
    },
  );

  it("comes before what is at the path and how it is called", async () => {
    const answers = await Promise.all([
      anonymous("GET", "/v1"),
      anonymous("GET", "/v1/nothing"),
      anonymous("DELETE", "/v1/batches"),
      anonymous("POST", "/v1/batches", { body: "x", headers: { "Content-Type": "text/plain" } }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
  });

  it("comes before any of the body is read", async () => {
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

describe("the order of checks on a body", () => {
  const env = { MAX_BODY_BYTES: "2000" };
  const long = "x".repeat(3000);
  const rows: [what: string, body: string, headers: Record<string, string>, status: number][] = [
    ["size before type", long, { "Content-Type": "text/plain" }, 413],
    ["type before syntax", "{", { "Content-Type": "text/plain" }, 415],
    ["syntax before rules", '{"items": 5', json, 400],
  ];
  it.each(rows)("%s", async (_what, body, headers, status) => {
    expect((await caller.call("POST", "/v1/batches", { body, headers, env })).status).toBe(status);
  });

  it("stops reading at the limit", async () => {
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

describe("404 and 405", () => {
  it.each([
    "/",
    "/nothing",
    "/v1",
    "/v1/",
    "/v1/batch",
    "/v1/batches/",
    "/v1/batches/a/b/c",
    "/v2/batches",
    "/V1/batches",
  ])("POST %s", async (path) => {
    const { status, body } = await caller.call("POST", path, { body: {} });
    if (path === "/")
      expect({ status, code: body.code }).toEqual({ status: 405, code: "method_not_allowed" });
    else expect({ status, code: body.code }).toEqual({ status: 404, code: "not_found" });
  });

  const methodsOf = Map.groupBy(operations, ({ path }) => path);
  const others = [...methodsOf].flatMap(([path, described]) => {
    const methods = described.map(({ method }) => method);
    // A batch could have this name, as far as the routes know.
    if (path === "/v1/batches/recent") methods.push("PATCH");
    return ["GET", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"]
      .filter((method) => !methods.includes(method))
      .map((method) => ({ method, path, methods }));
  });
  it.each(others)("$method $path names the methods that there are", async ({ method, path, methods }) => {
    const answer = await caller.call(method, withParameters(path, "x"));
    expect(answer.status).toBe(405);
    expect(answer.body).toMatchObject({ code: "method_not_allowed", title: "Method Not Allowed" });
    const allowed = answer.headers.get("Allow")?.split(", ") ?? [];
    expect(allowed).toEqual(expect.arrayContaining([...methods, "OPTIONS"]));
    expect(allowed).not.toContain(method);
    expect(allowed.includes("HEAD")).toBe(allowed.includes("GET"));
  });
});

describe("415", () => {
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
  it.each(rows)("%s: %i", async (type, status) => {
    const answer = await caller.call("POST", "/v1/batches", { body, headers: { "Content-Type": type } });
    expect(answer.status).toBe(status);
    if (status === 415)
      expect(answer.body).toMatchObject({ code: "unsupported_media_type", title: "Unsupported Media Type" });
  });

  it("a body without a type", async () => {
    const bytes = new TextEncoder().encode(body);
    const answer = await caller.call("POST", "/v1/batches", { body: bytes });
    expect(answer.body).toMatchObject({ status: 415, detail: expect.stringMatching(/got none/) });
  });
});

describe("429", () => {
  it("says when to come back", async () => {
    await caller.call("GET", "/v1/batches/recent");
    const asked: string[] = [];
    const RATE_LIMIT = {
      limit: async ({ key }: { key: string }) => {
        asked.push(key);
        return { success: false };
      },
    };
    const answer = await caller.call("POST", "/v1/batches", {
      body: { items: items(1) },
      env: { RATE_LIMIT },
    });
    expect(answer.body).toMatchObject({ status: 429, code: "rate_limited", title: "Too Many Requests" });
    expect(answer.headers.get("Retry-After")).toMatch(/^[1-9][0-9]*$/);
    expect(asked).toEqual([expect.stringMatching(/^key_/)]);
  });

  it("is each key's own", async () => {
    const [one, other] = [await newCaller(), await newCaller()];
    for (const { call } of [one, other]) await call("GET", "/v1/batches/recent");
    const limited = { env: { RATE_LIMIT: env.TIGHT_RATE_LIMIT } };
    const statuses = [];
    for (let i = 0; i < 4; i += 1)
      statuses.push((await one.call("GET", "/v1/batches/recent", limited)).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect((await other.call("GET", "/v1/batches/recent", limited)).status).toBe(200);
  });
});

describe("429 before a key is looked up", () => {
  const unknown = () => callWith({ Authorization: `Bearer ${newKey()}` });
  const guess = async (address: string) => {
    const headers = { "CF-Connecting-IP": address };
    const limited = { headers, env: { RATE_LIMIT: env.TIGHT_RATE_LIMIT } };
    return (await unknown()("GET", "/v1/batches/recent", limited)).status;
  };

  it("is for an address that tries keys, not for who has a good one there", async () => {
    const headers = { "CF-Connecting-IP": "192.0.2.1" };
    const statuses = [];
    for (let i = 0; i < 4; i += 1) statuses.push(await guess("192.0.2.1"));
    expect(statuses).toEqual([401, 401, 401, 429]);
    expect(await guess("192.0.2.2")).toBe(401);
    await caller.call("GET", "/v1/batches/recent");
    const limited = { headers, env: { RATE_LIMIT: env.TIGHT_RATE_LIMIT } };
    expect((await caller.call("GET", "/v1/batches/recent", limited)).status).toBe(200);
  });

  it("is for a whole /64 of IPv6", async () => {
    const statuses = [];
    for (let i = 0; i < 4; i += 1) statuses.push(await guess(`2001:db8:1:2:${i}::1`));
    expect(statuses).toEqual([401, 401, 401, 429]);
    expect(await guess("2001:db8:1:3::1")).toBe(401);
  });

  it("costs no query", async () => {
    const RATE_LIMIT = { limit: async () => ({ success: false }) };
    const DB = {} as D1Database;
    const { status } = await unknown()("GET", "/v1/batches/recent", { env: { RATE_LIMIT, DB } });
    expect(status).toBe(429);
  });

  it("leaves a key that was good to be looked up each time", async () => {
    const { id, key } = await issueKey(database(env.DB), "account of a key that is revoked later");
    const call = callWith({ Authorization: `Bearer ${key}` });
    expect((await call("GET", "/v1/batches/recent")).status).toBe(200);
    await revokeKey(database(env.DB), id, Date.now());
    expect((await call("GET", "/v1/batches/recent")).status).toBe(401);
  });
});

describe("500", () => {
  it("says nothing of its cause, which the log tells by its id", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    const DB = {
      prepare: () => {
        throw new Error("D1_ERROR: secret table accounts is gone");
      },
    };
    const answer = await caller.call("GET", "/v1/batches/recent", {
      env: { DB: DB as unknown as D1Database },
    });
    const lines = error.mock.calls.map(([line]) => JSON.parse(String(line)));
    error.mockRestore();
    expect(answer.status).toBe(500);
    expect(answer.body).toMatchObject({ code: "internal_server_error", title: "Internal Server Error" });
    expect(answer.text).not.toMatch(/secret|D1|table|\bat /);
    expect(lines).toContainEqual(
      expect.objectContaining({
        event: "request.failed",
        error_id: answer.body.id,
        request_id: answer.headers.get("X-Request-Id"),
        error: expect.stringMatching(/secret table/),
      }),
    );
  });
});

describe("odd requests", () => {
  const rows: [path: string, status: number][] = [
    ["/v1/batches/%zz", 404],
    ["/v1/batches/%", 404],
    ["/v1/batches/%C3%28/items", 404],
    ["/v1/batches/%00/items", 404],
    ["/v1/batches/%2e%2e%2f%2e%2e%2fetc/items", 404],
    ["/v1/batches/__proto__", 404],
    ["/v1/batches/constructor/items", 404],
    [`/v1/batches/${"x".repeat(100_000)}`, 404],
    [`/v1/batches/${"x/".repeat(10_000)}`, 404],
    [`/v1/batches?limit=${"1".repeat(10_000)}`, 400],
    ["/v1/batches?limit=%zz", 400],
    ["/v1/batches?limit=1&limit=1", 400],
    ["/v1/batches?cursor=a&cursor=b", 400],
    ["/v1/batches?cursor=%00", 400],
    ["/v1/batches?__proto__=1&constructor=2&toString=3&limit=1", 200],
    ["/v1/batches?__proto__=1&__proto__=2", 200],
    ["/v1/batches?metadata[__proto__]=1", 200],
    ["/v1/batches?metadata[%00]=%00", 200],
    ["/v1/batches?metadata[]=1", 200],
    ["/v1/batches?metadata=1", 200],
    [`/v1/batches?${Array.from({ length: 51 }, (_, i) => `metadata[${i}]=x`).join("&")}`, 400],
    [`/v1/batches?${"a=1&".repeat(20_000)}`, 200],
    ["/v1/retrieve?retrieve_id=%00", 404],
    ["/v1/retrieve?retrieve_id=%F0%9F%95%B8", 404],
    [`/v1/retrieve?retrieve_id=${"x".repeat(100_000)}`, 404],
    [`/v1/retrieve?retrieve_id=x&formats=${"html,".repeat(20_000)}`, 404],
    ["/v1/retrieve?retrieve_id=x&formats=%00", 400],
    ["/hosted/%00/html?account=%00&expires=1&signature=%00", 404],
    ["/hosted/x/%zz?account=a&expires=1&signature=a", 404],
    ["/errors/__proto__", 404],
    ["/errors/constructor", 404],
    ["/%zz", 404],
    ["/%00", 404],
    ["//v1/batches", 404],
  ];
  const named = rows.map(([path, status]) => ({ name: path.slice(0, 60), path, status }));
  it.each(named)("GET $name: $status", async ({ path, status }) => {
    const answer = await caller.call("GET", `${origin}${path}`);
    expect(answer.status).toBe(status);
    if (status >= 400) expect(answer.body.object).toBe("error");
    expect(answer.text.length).toBeLessThan(20_000);
  });

  it("reports all faults of a query together", async () => {
    const paths = async (path: string) =>
      (await caller.call("GET", path)).body.errors.map((fault: { path: string }) => fault.path);
    expect(await paths("/v1/retrieve?formats=pdf&formats[]=gif")).toEqual([
      "retrieve_id",
      "formats",
      '["formats[]"]',
    ]);
    expect(await paths("/v1/batches?limit=x&status=x&metadata[a]=1&metadata[a]=2")).toEqual([
      "limit",
      "status",
      "metadata.a",
    ]);
    expect(await paths("/v1/batches/x/items?limit=x&status=x&cursor=x")).toEqual([
      "status",
      "limit",
      "cursor",
    ]);
  });

  it("matches no metadata by what comes before a NUL", async () => {
    const batch = await newBatch(caller, { items: items(1), metadata: { nul: "x" } });
    const list = async (query: string) => (await caller.call("GET", `/v1/batches?${query}`)).body.data;
    expect(await list("metadata[nul]=x")).toEqual([expect.objectContaining({ id: batch.id })]);
    expect(await list("metadata[nul]=x%00y")).toEqual([]);
    expect(await list("metadata[nul%00y]=x")).toEqual([]);
  });
});

describe("HEAD", () => {
  it.each([
    "/",
    "/docs",
    "/openapi.json",
    "/health",
    "/errors/not-found",
    "/v1/batches/recent",
    "/v1/batches/x",
    "/v1/nothing",
  ])("%s is GET without the body", async (path) => {
    const [get, head] = await Promise.all([caller.call("GET", path), caller.call("HEAD", path)]);
    expect({ status: head.status, text: head.text }).toEqual({ status: get.status, text: "" });
    expect(head.headers.get("Content-Type")).toBe(get.headers.get("Content-Type"));
  });
});

describe("a browser", () => {
  const from = { Origin: "https://app.example.com" };

  it.each(["/v1/batches", "/v1/batches/x", "/v1/retrieve", "/health", "/nothing"])(
    "may ask before it calls %s, without a key",
    async (path) => {
      const answer = await anonymous("OPTIONS", path, {
        headers: {
          ...from,
          "Access-Control-Request-Method": "PATCH",
          "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
        },
      });
      expect({ status: answer.status, text: answer.text }).toEqual({ status: 204, text: "" });
      expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("*");
      expect(answer.headers.get("Access-Control-Allow-Methods")).toMatch(/GET.*POST.*PATCH/);
      expect(answer.headers.get("Access-Control-Allow-Headers")).toMatch(
        /Authorization.*Content-Type.*Idempotency-Key/,
      );
    },
  );

  it.each([
    ["GET", "/v1/batches/recent", 200],
    ["GET", "/v1/batches/x", 404],
    ["DELETE", "/v1/batches", 405],
    ["GET", "/nothing", 404],
  ])("reads the answer of %s %s", async (method, path, status) => {
    const answer = await caller.call(method, path, { headers: from });
    expect(answer.status).toBe(status);
    expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(answer.headers.get("Access-Control-Expose-Headers")).toMatch(/Retry-After/);
    expect(answer.headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(answer.headers.get("X-Request-Id")).toBeTruthy();
  });

  it("reads a 401 and a 500 too", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    const refused = await anonymous("GET", "/v1/batches", { headers: from });
    const broken = await caller.call("GET", "/v1/batches", { headers: from, env: { DB: undefined } });
    error.mockRestore();
    expect([refused.status, broken.status]).toEqual([401, 500]);
    for (const answer of [refused, broken])
      expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("*");
  });
});
