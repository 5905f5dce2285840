/** The rules of `Idempotency-Key`. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { findAccountByName } from "../../src/db/accounts.ts";
import { database } from "../../src/db/client.ts";
import { findKey } from "../../src/db/idempotency.ts";
import { type Answer, type Caller, type CallOptions, items, newCaller } from "./caller.ts";

const json = { "Content-Type": "application/json" };
const body = (name = "a") => JSON.stringify({ items: items(2), metadata: { name } });

let keys = 0;
function newKey(): string {
  keys += 1;
  return `key ${keys}`;
}

function post(caller: Caller, key: string, text = body(), options: CallOptions = {}): Promise<Answer> {
  const headers = { ...json, "Idempotency-Key": key };
  return caller.call("POST", "/v1/batches", { body: text, headers, ...options });
}

async function countOfBatches({ account }: Caller): Promise<number> {
  const query = env.DB.prepare("SELECT COUNT(*) AS count FROM batches WHERE account_id = ?");
  return (await query.bind(account.id).first<number>("count")) ?? 0;
}

async function reserved({ account }: Caller): Promise<number | undefined> {
  return (await findAccountByName(database(env.DB), account.name))?.creditsReserved;
}

/** What a request that died leaves: its batch and its key, held until then. */
async function holdKey({ account }: Caller, key: string, until: number): Promise<void> {
  await env.DB.prepare("UPDATE idempotency_keys SET locked_until = ? WHERE account_id = ? AND key = ?")
    .bind(until, account.id, key)
    .run();
}

async function ageKey({ account }: Caller, key: string, ms: number): Promise<void> {
  await env.DB.prepare(
    "UPDATE idempotency_keys SET created_at = created_at - ? WHERE account_id = ? AND key = ?",
  )
    .bind(ms, account.id, key)
    .run();
}

describe("repeated requests with the same key and body", () => {
  it("get the first response byte for byte, and create no second batch", async () => {
    const caller = await newCaller();
    const first = await post(caller, "k");
    await caller.call("PATCH", `/v1/batches/${first.body.id}`, { body: { metadata: { name: "changed" } } });
    const second = await post(caller, "k");
    expect({ status: second.status, text: second.text }).toEqual({ status: 200, text: first.text });
    expect(second.headers.get("Content-Type")).toBe(first.headers.get("Content-Type"));
    expect(first.headers.has("Idempotent-Replayed")).toBe(false);
    expect(second.headers.get("Idempotent-Replayed")).toBe("true");
    expect(await countOfBatches(caller)).toBe(1);
    expect(await reserved(caller)).toBe(2);
  });

  it("create one batch from twenty concurrent requests", async () => {
    const caller = await newCaller();
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(caller, "k")));
    const made = answers.filter(({ status }) => status === 200);
    expect(made.length).toBeGreaterThan(0);
    expect(new Set(made.map(({ text }) => text)).size).toBe(1);
    const others = answers.filter(({ status }) => status !== 200);
    expect(others.map(({ body }) => body.code)).toEqual(others.map(() => "idempotency_key_in_progress"));
    expect(await countOfBatches(caller)).toBe(1);
    expect(await reserved(caller)).toBe(2);
    expect((await post(caller, "k")).text).toBe(made[0]?.text);
  });

  it("get a 409 with Retry-After while the first request is in progress", async () => {
    const caller = await newCaller();
    await post(caller, "k");
    await holdKey(caller, "k", Date.now() + 59_000);
    const { status, headers, body } = await post(caller, "k");
    expect(status).toBe(409);
    expect(body).toMatchObject({ code: "idempotency_key_in_progress", title: "Idempotency Error" });
    expect(headers.get("Retry-After")).toMatch(/^[12]$/);
  });

  it("are told to wait as long as the first request has been running, but not beyond its lock", async () => {
    const caller = await newCaller();
    await post(caller, "k");
    for (const [left, wait] of [
      [50_000, 10],
      [30_000, 30],
      [5_000, 5],
    ] as const) {
      await holdKey(caller, "k", Date.now() + left);
      const seconds = Number((await post(caller, "k")).headers.get("Retry-After"));
      expect(Math.abs(seconds - wait)).toBeLessThanOrEqual(1);
    }
  });

  it("take over from a request that died, and create its batch once", async () => {
    const caller = await newCaller();
    const first = await post(caller, "k");
    await holdKey(caller, "k", Date.now() - 1);
    const answers = await Promise.all([1, 2, 3].map(() => post(caller, "k")));
    const texts = answers.filter(({ status }) => status === 200).map(({ text }) => text);
    expect(new Set(texts)).toEqual(new Set([first.text]));
    expect(await countOfBatches(caller)).toBe(1);
    const later = await post(caller, "k");
    expect({ text: later.text, replayed: later.headers.get("Idempotent-Replayed") }).toEqual({
      text: first.text,
      replayed: "true",
    });
  });

  it("create a new batch after 24 hours", async () => {
    const caller = await newCaller();
    const first = await post(caller, "k");
    const day = 24 * 60 * 60 * 1000;
    await ageKey(caller, "k", day - 60_000);
    expect((await post(caller, "k")).body.id).toBe(first.body.id);
    await ageKey(caller, "k", 60_000);
    const next = await post(caller, "k", body("another"));
    expect(next.status).toBe(200);
    expect(next.body.id).not.toBe(first.body.id);
    expect(next.headers.has("Idempotent-Replayed")).toBe(false);
    expect((await post(caller, "k", body("another"))).text).toBe(next.text);
  });
});

describe("the same key with a different body", () => {
  const rows: [what: string, text: string][] = [
    ["other values", body("b")],
    ["the same values with an extra space", `${body()} `],
    ["the same values in another order", JSON.stringify({ metadata: { name: "a" }, items: items(2) })],
  ];
  it.each(rows)("is refused for %s", async (_what, text) => {
    const caller = await newCaller();
    await post(caller, "k");
    const { status, body } = await post(caller, "k", text);
    expect(status).toBe(422);
    expect(body).toMatchObject({ code: "idempotency_key_reuse", title: "Unprocessable Entity" });
    expect(await countOfBatches(caller)).toBe(1);
  });

  it("is refused while the first request is in progress", async () => {
    const caller = await newCaller();
    await post(caller, "k");
    await holdKey(caller, "k", Date.now() + 59_000);
    expect((await post(caller, "k", body("b"))).status).toBe(422);
  });

  it("creates one batch from two concurrent requests", async () => {
    const caller = await newCaller();
    const answers = await Promise.all(["a", "b"].map((name) => post(caller, "k", body(name))));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 422]);
    expect(await countOfBatches(caller)).toBe(1);
    expect(await reserved(caller)).toBe(2);
  });
});

it("a key belongs to its account", async () => {
  const [one, other] = [await newCaller(), await newCaller()];
  const [first, second] = [await post(one, "shared"), await post(other, "shared", body("b"))];
  expect([first.status, second.status]).toEqual([200, 200]);
  expect(second.body.id).not.toBe(first.body.id);
});

describe("a refused request", () => {
  const rows: [why: string, terms: Parameters<typeof newCaller>[0], text: string, status: number][] = [
    ["invalid items", {}, JSON.stringify({ items: [] }), 400],
    ["invalid JSON", {}, "{", 400],
    ["an unknown parser", {}, JSON.stringify({ items: items(2), parser: { id: "@nobody/none" } }), 400],
    ["too few credits", { creditLimit: 1 }, body(), 402],
    ["too many items for the account", { maxBatchItems: 1 }, body(), 403],
  ];
  it.each(rows)("leaves its key unused: %s", async (_why, terms, text, status) => {
    const caller = await newCaller(terms);
    const key = newKey();
    expect((await post(caller, key, text)).status).toBe(status);
    expect(await findKey(database(env.DB), caller.account.id, key)).toBeNull();
    expect(await countOfBatches(caller)).toBe(0);
    expect(await reserved(caller)).toBe(0);
    const corrected = await post(caller, key, JSON.stringify({ items: items(1) }));
    expect(corrected.status).toBe(200);
  });

  it("leaves its key unused: an unknown API key", async () => {
    const caller = await newCaller();
    const headers = { ...json, "Idempotency-Key": "k", Authorization: "Bearer nobody" };
    expect((await caller.call("POST", "/v1/batches", { body: body(), headers })).status).toBe(401);
    expect((await post(caller, "k", body("b"))).status).toBe(200);
  });
});

describe("the form of a key", async () => {
  const caller = await newCaller();
  it.each(["x", "x".repeat(255), "a b", "~!@#$%^&*()", '"quoted"'])("can be %j", async (key) => {
    expect((await post(caller, key)).status).toBe(200);
  });

  it.each(["", "x".repeat(256), "é", "🕸", "a\tb"])("cannot be %j", async (key) => {
    const { status, body } = await post(caller, key);
    expect({ status, code: body.code }).toEqual({ status: 400, code: "validation_error" });
    expect(body.errors).toEqual([
      {
        path: "Idempotency-Key",
        code: expect.any(String),
        message: expect.stringMatching(/1 to 255 printable/),
      },
    ]);
  });
});
