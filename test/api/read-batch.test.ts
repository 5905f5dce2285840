/** Reading, listing, updating and canceling batches. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { items, newBatch, newCaller } from "./caller.ts";
import { completed, finish } from "./finish-items.ts";

const caller = await newCaller();
const page = { parts: { html: "<p>Hello</p>" } };
const keys = (prefix: string, count: number, value: string | null = "value") =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}${i}`, value]));

describe("GET /v1/batches/{id}", () => {
  it("shows a batch while it is running and once it has completed", async () => {
    const { id } = await newBatch(caller, { items: items(3), country: "de" });
    await finish(caller.account.id, id, { 0: page });
    const running = await caller.call("GET", `/v1/batches/${id}`);
    expect(running.body).toMatchObject({
      status: "in_progress",
      completed_urls: 1,
      failed_urls: 0,
      cost_usd: null,
    });

    await finish(caller.account.id, id, { 1: { code: "http_error", message: "It answered 500." }, 2: page });
    await completed(caller.account.id, id);
    const { body } = await caller.call("GET", `/v1/batches/${id}`);
    expect(body).toMatchObject({ status: "completed", completed_urls: 2, failed_urls: 1, total_urls: 3 });
    expect(body).toMatchObject({ credits_consumed: 2, cost_usd: 0.002, number_retried: 0, country: "DE" });
    expect(Math.abs(body.completed_at - Date.now() / 1000)).toBeLessThan(60);
  });

  it.each(["batch_unknown", "batch_", "x", "%00", "a%2Fb", "x".repeat(3000)])(
    "returns 404 for the unknown id %s",
    async (id) => {
      const { status, body } = await caller.call("GET", `/v1/batches/${id}`);
      expect({ status, code: body.code }).toEqual({ status: 404, code: "batch_not_found" });
    },
  );
});

describe("PATCH /v1/batches/{id}", () => {
  const start = { a: "1", b: "2" };
  const patch = async (change: unknown, from: object = start) => {
    const { id } = await newBatch(caller, { items: items(1), metadata: from });
    return caller.call("PATCH", `/v1/batches/${id}`, { body: change });
  };

  const rows: [rule: string, change: object, result: object][] = [
    ["adds a key", { metadata: { c: "3" } }, { a: "1", b: "2", c: "3" }],
    ["overwrites a key", { metadata: { a: "x" } }, { a: "x", b: "2" }],
    ["removes a key set to null", { metadata: { a: null } }, { b: "2" }],
    ["removes a key set to an empty string", { metadata: { a: "" } }, { b: "2" }],
    ["ignores the removal of an unknown key", { metadata: { z: null } }, start],
    [
      "adds, overwrites and removes keys at once",
      { metadata: { a: null, b: "x", c: "3" } },
      { b: "x", c: "3" },
    ],
    ["converts numbers and booleans to strings", { metadata: { a: 5, b: false } }, { a: "5", b: "false" }],
    ["changes nothing for an empty object", { metadata: {} }, start],
    ["removes all keys for null", { metadata: null }, {}],
    ["removes all keys for an empty string", { metadata: "" }, {}],
    ["ignores other fields", { metadata: { c: "3" }, country: "DE", x: 1 }, { ...start, c: "3" }],
    ["accepts 50 keys after merging", { metadata: keys("k", 48) }, { ...start, ...keys("k", 48) }],
    [
      "does not count removed keys",
      { metadata: { ...keys("k", 50), a: null, b: "", ...keys("gone", 60, null) } },
      keys("k", 50),
    ],
    [
      "counts overwritten keys once",
      { metadata: { ...keys("k", 48), a: "x" } },
      { a: "x", b: "2", ...keys("k", 48) },
    ],
    [
      "accepts keys with characters that are special in JSON",
      { metadata: { 'a"b': "1", "c\\d": "2", "": "3" } },
      { ...start, 'a"b': "1", "c\\d": "2", "": "3" },
    ],
    [
      "accepts keys and values in any script",
      { metadata: { ключ: "значение", "🕸": "🕷" } },
      { ...start, ключ: "значение", "🕸": "🕷" },
    ],
  ];

  it.each(rows)("%s", async (_rule, change, result) => {
    const answer = await patch(change);
    expect(answer.body.metadata).toEqual(result);
    expect(answer.status).toBe(200);
    const read = await caller.call("GET", `/v1/batches/${answer.body.id}`);
    expect(read.body.metadata).toEqual(result);
  });

  const refused: [rule: string, change: object, says: RegExp][] = [
    ["no metadata", {}, /: Is required\.$/],
    ["only another field", { webhook: "https://example.com" }, /: Is required\.$/],
    ["an array as metadata", { metadata: [] }, /got an array/],
    ["a string as metadata", { metadata: "a" }, /got a string/],
    ["a number as metadata", { metadata: 0 }, /got 0\./],
    ["false as metadata", { metadata: false }, /got a boolean/],
    ["an object as a value", { metadata: { a: {} } }, /got an object/],
    ["a key that is too long", { metadata: { ["k".repeat(41)]: "v" } }, /41 characters/],
    ["a value that is too long", { metadata: { k: "v".repeat(501) } }, /501 characters/],
    ["a bracket in a key", { metadata: { "a[0]": "v" } }, /must not contain/],
    ["51 keys after merging", { metadata: keys("k", 49) }, /merging would make 51/],
    ["51 keys at once", { metadata: keys("k", 51) }, /got 51/],
    ["1001 keys to remove", { metadata: keys("k", 1001, null) }, /At most 1000 .* got 1001/],
  ];

  it.each(refused)("refuses %s", async (_rule, change, says) => {
    const answer = await patch(change);
    expect({ status: answer.status, code: answer.body.code }).toEqual({
      status: 400,
      code: "invalid_metadata",
    });
    expect(answer.body.detail).toMatch(says);
  });

  it("changes nothing when it refuses a request", async () => {
    const { id } = await newBatch(caller, { items: items(1), metadata: start });
    await caller.call("PATCH", `/v1/batches/${id}`, { body: { metadata: { a: null, b: [] } } });
    await caller.call("PATCH", `/v1/batches/${id}`, { body: { metadata: keys("k", 49) } });
    expect((await caller.call("GET", `/v1/batches/${id}`)).body.metadata).toEqual(start);
  });

  it("refuses a body that is not a JSON object", async () => {
    const { id } = await newBatch(caller);
    const json = { "Content-Type": "application/json" };
    const answers = await Promise.all([
      caller.call("PATCH", `/v1/batches/${id}`, { body: "[]", headers: json }),
      caller.call("PATCH", `/v1/batches/${id}`, { body: "", headers: json }),
      caller.call("PATCH", `/v1/batches/${id}`, { body: "{}", headers: { "Content-Type": "text/plain" } }),
    ]);
    expect(answers.map(({ body }) => body.code)).toEqual([
      "invalid_json",
      "invalid_json",
      "unsupported_media_type",
    ]);
  });

  it("returns 404 for an unknown batch", async () => {
    const { status, body } = await caller.call("PATCH", "/v1/batches/batch_x", { body: { metadata: {} } });
    expect({ status, code: body.code }).toEqual({ status: 404, code: "batch_not_found" });
  });

  it("keeps every key of concurrent updates", async () => {
    const { id } = await newBatch(caller);
    const names = Object.keys(keys("k", 50));
    await Promise.all(
      names.map((name) => caller.call("PATCH", `/v1/batches/${id}`, { body: { metadata: { [name]: "v" } } })),
    );
    const { body } = await caller.call("GET", `/v1/batches/${id}`);
    expect(Object.keys(body.metadata).sort()).toEqual(names.sort());
  });

  it("does not let concurrent updates exceed the limit together", async () => {
    const { id } = await newBatch(caller, { items: items(1), metadata: keys("k", 49) });
    const answers = await Promise.all(
      ["a", "b", "c"].map((name) =>
        caller.call("PATCH", `/v1/batches/${id}`, { body: { metadata: { [name]: "v" } } }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
  });
});

describe("GET /v1/batches and /v1/batches/recent", async () => {
  const lister = await newCaller();
  const ids: string[] = [];
  for (let i = 0; i < 7; i += 1) {
    const metadata = { place: i, half: i < 4 ? "first" : "second" };
    ids.unshift((await newBatch(lister, { items: items(1), metadata })).id);
  }
  await lister.call("POST", `/v1/batches/${ids[0]}/cancel`);
  await completed(lister.account.id, ids[0] ?? "");
  const idsOf = (body: { data: { id: string }[] }) => body.data.map(({ id }) => id);

  it.each(["/v1/batches", "/v1/batches/recent"])("%s lists the newest batches first", async (path) => {
    const { body } = await lister.call("GET", path);
    expect(body.object).toBe("list");
    expect(idsOf(body)).toEqual(ids);
    expect(body).not.toHaveProperty("cursor");
  });

  it("shows each batch as reading it does", async () => {
    const { body } = await lister.call("GET", "/v1/batches/recent?limit=1");
    expect(body.data).toEqual([(await lister.call("GET", `/v1/batches/${ids[0]}`)).body]);
  });

  it.each(["1", "3", "6", "7", "100"])("can be paged through %s at a time", async (limit) => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const query = new URLSearchParams({ limit, ...(cursor ? { cursor } : {}) });
      const { body } = await lister.call("GET", `/v1/batches?${query}`);
      seen.push(...idsOf(body));
      cursor = body.cursor;
    } while (cursor);
    expect(seen).toEqual(ids);
  });

  const filters: [query: string, places: number[]][] = [
    ["status=completed", [0]],
    ["status=in_progress", [1, 2, 3, 4, 5, 6]],
    ["metadata[half]=first", [3, 4, 5, 6]],
    ["metadata[half]=second&status=in_progress", [1, 2]],
    ["metadata[half]=first&metadata[place]=2", [4]],
    ["metadata%5Bplace%5D=6", [0]],
    ["metadata[half]=", []],
    ["metadata[none]=x", []],
    ["metadata[half]=first' OR 1=1 --", []],
    ["unknown=1", [0, 1, 2, 3, 4, 5, 6]],
  ];
  it.each(filters)("filters by %s", async (query, places) => {
    const { body } = await lister.call("GET", `/v1/batches?${query}`);
    expect(idsOf(body)).toEqual(places.map((place) => ids[place]));
  });

  const refused = [
    "limit=0",
    "limit=101",
    "limit=-1",
    "limit=1.5",
    "limit=abc",
    "limit=",
    "limit=1&limit=2",
    "status=failed",
    "status=",
    "cursor=x",
    "cursor=",
    "cursor=1795000000000-",
    "cursor=1795000000000-a&cursor=1795000000000-b",
    "metadata[a]=1&metadata[a]=2",
    "metadata[a][b]=1",
    "metadata[a]b]=1",
    "metadata[a=1",
    "metadata[a]b=1",
    `metadata[${"k".repeat(41)}]=1`,
    `metadata[a]=${"v".repeat(501)}`,
    `metadata=1`,
    `metadata=1&metadata[a]=1`,
  ];
  it.each(refused)("refuses %s", async (query) => {
    const { status, body } = await lister.call("GET", `/v1/batches?${query}`);
    expect({ status, code: body.code }).toEqual({ status: 400, code: "validation_error" });
  });

  it.each(["limit=0", "limit=101", "limit=x"])("refuses %s for recent batches", async (query) => {
    expect((await lister.call("GET", `/v1/batches/recent?${query}`)).status).toBe(400);
  });
});

it("a filter searches 10,000 batches per request, and continues at the cursor", async () => {
  const { account, call } = await newCaller();
  const batches = (first: number, last: number, metadata: object) =>
    env.DB.prepare(insertBatches).bind(account.id, JSON.stringify(metadata), first, last).run();
  await batches(1, 1, { order: "42" });
  await batches(2, 15_000, {});
  const first = await call("GET", "/v1/batches?metadata[order]=42");
  expect(first.body).toMatchObject({ data: [], cursor: `1795000005001-${account.id}_05001` });
  const { body } = await call("GET", `/v1/batches?metadata[order]=42&cursor=${first.body.cursor}`);
  expect(body.data).toMatchObject([{ id: `${account.id}_00001` }]);
  expect(body).not.toHaveProperty("cursor");
});

const insertBatches = `
  WITH RECURSIVE number (n) AS (SELECT ?3 UNION ALL SELECT n + 1 FROM number WHERE n < ?4)
  INSERT INTO batches
    (id, account_id, status, created_at, updated_at, total_urls, metadata, event_id, credits_per_page, rate_usd)
  SELECT printf('%s_%05d', ?1, n), ?1, 'completed', 1795000000000 + n, 0, 1, ?2, 'event', 1, 0.001 FROM number`;

describe("POST /v1/batches/{id}/cancel", () => {
  it("fails the items that have not started, charges nothing for them, and completes the batch", async () => {
    const { id } = await newBatch(caller, { items: items(3) });
    await finish(caller.account.id, id, { 1: page });
    const { id: other } = await newBatch(caller, { items: items(2) });
    expect((await caller.call("POST", `/v1/batches/${other}/cancel`)).body).toMatchObject({
      id: other,
      object: "batch",
    });
    await completed(caller.account.id, other);
    const list = await caller.call("GET", `/v1/batches/${other}/items`);
    expect(list.body.items.map(({ error }: { error: object }) => error)).toEqual([
      { code: "cancelled", message: expect.any(String) },
      { code: "cancelled", message: expect.any(String) },
    ]);
    const batch = await caller.call("GET", `/v1/batches/${other}`);
    expect(batch.body).toMatchObject({
      status: "completed",
      failed_urls: 2,
      credits_consumed: 0,
      cost_usd: 0,
    });
  });

  it("does not change a completed batch", async () => {
    const { id } = await newBatch(caller);
    await finish(caller.account.id, id, { 0: page });
    await completed(caller.account.id, id);
    const before = await caller.call("GET", `/v1/batches/${id}`);
    const answer = await caller.call("POST", `/v1/batches/${id}/cancel`);
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body: before.body });
  });

  it("can be repeated", async () => {
    const { id } = await newBatch(caller);
    const answers = await Promise.all([1, 2, 3].map(() => caller.call("POST", `/v1/batches/${id}/cancel`)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  });
});
