/** Accepting a batch: quickly when it is large, and for good once it is written. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { batchTracker } from "../../src/batch/tracker.ts";
import { wakeQuietBatches } from "../../src/batch/wake.ts";
import { findAccountByName } from "../../src/db/accounts.ts";
import { database } from "../../src/db/client.ts";
import { type Caller, type CallOptions, items, newCaller } from "../api/caller.ts";
import { claimFrom } from "./exchange.ts";

/** D1 that counts the statements prepared. */
function counting(d1: D1Database): { d1: D1Database; statements: () => number } {
  let statements = 0;
  const counted = new Proxy(d1, {
    get(target, name) {
      if (name === "prepare") {
        return (sql: string) => {
          statements += 1;
          return target.prepare(sql);
        };
      }
      const member = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
  return { d1: counted, statements: () => statements };
}

async function acceptedIn(body: string): Promise<{ id: string; ms: number; statements: number }> {
  const caller = await newCaller();
  const { d1, statements } = counting(env.DB);
  const headers = { "Content-Type": "application/json", "Idempotency-Key": "large" };
  const startedAt = Date.now();
  const answer = await caller.call("POST", "/v1/batches", { body, headers, env: { DB: d1 } });
  expect(answer.status, answer.text.slice(0, 500)).toBe(200);
  return { id: answer.body.id, ms: Date.now() - startedAt, statements: statements() };
}

describe("Accepting a large batch", () => {
  it("writes 10,000 items in a handful of statements", async () => {
    const items = Array.from({ length: 10_000 }, (_, n) => ({
      custom_id: `${n}`,
      url: `https://shop.example/${n}`,
    }));
    const { id, ms, statements } = await acceptedIn(JSON.stringify({ items }));
    console.log(`10,000 items: ${statements} statements, ${ms} ms`);
    expect(statements).toBeLessThanOrEqual(12);
    const { n } = (await env.DB.prepare("SELECT COUNT(*) AS n FROM items WHERE batch_id = ?")
      .bind(id)
      .first<{ n: number }>()) ?? { n: 0 };
    expect(n).toBe(10_000);
    await batchTracker(env, id).cancel(id);
  });

  const long: [what: string, count: number, idCharacters: number, urlCharacters: number][] = [
    ["long URLs", 9900, 4, 1630],
    ["ids as long as their URLs", 10_000, 810, 810],
    ["the longest ids and URLs", 1600, 2048, 8192],
  ];
  it.each(long)("writes a body of 16 MiB with %s in statements small enough for D1", async (...row) => {
    const [, count, idCharacters, urlCharacters] = row;
    const items = Array.from({ length: count }, (_, n) => ({
      custom_id: `${n}`.padEnd(idCharacters, "i"),
      url: `https://shop.example/${n}`.padEnd(urlCharacters, "p"),
    }));
    const body = JSON.stringify({ items });
    expect(body.length).toBeGreaterThan(15.5 * 1024 * 1024);
    expect(body.length).toBeLessThan(16 * 1024 * 1024);
    const { id, ms, statements } = await acceptedIn(body);
    console.log(`16 MiB: ${statements} statements, ${ms} ms`);
    expect(statements).toBeLessThanOrEqual(50);
    await batchTracker(env, id).cancel(id);
  });
});

describe("Once the batch is written", () => {
  const noTracker = {
    idFromName: (name: string) => name,
    get: () => ({ start: () => Promise.reject(new Error("The tracker cannot be reached.")) }),
  } as unknown as typeof env.BATCH_TRACKER;

  /** D1 that carries out transactions, and whose response is lost. */
  function lossyD1(): D1Database {
    return new Proxy(env.DB, {
      get(target, name) {
        if (name === "batch") {
          return async (statements: D1PreparedStatement[]) => {
            await target.batch(statements);
            throw new Error("Network connection lost.");
          };
        }
        const member = Reflect.get(target, name);
        return typeof member === "function" ? member.bind(target) : member;
      },
    });
  }

  async function post(caller: Caller, bindings: CallOptions["env"], key?: string) {
    const headers = {
      "Content-Type": "application/json",
      ...(key === undefined ? {} : { "Idempotency-Key": key }),
    };
    const body = JSON.stringify({ items: items(2) });
    return caller.call("POST", "/v1/batches", { body, headers, env: bindings });
  }

  async function reserved({ account }: Caller): Promise<number | undefined> {
    return (await findAccountByName(database(env.DB), account.name))?.creditsReserved;
  }

  it.each([undefined, "k"])(
    "returns 200 if the tracker cannot be started, and the sweep starts it (key: %s)",
    async (key) => {
      const caller = await newCaller();
      const created = await post(caller, { BATCH_TRACKER: noTracker }, key);
      expect(created.status).toBe(200);
      expect(await reserved(caller)).toBe(2);
      await wakeQuietBatches(env, Date.now() + 60_000);
      await expect
        .poll(async () => (await claimFrom(batchTracker(env, created.body.id), 1))?.assignments)
        .toMatchObject([{ idx: 0 }]);
    },
  );

  it("replays the response of a batch whose tracker could not be started", async () => {
    const caller = await newCaller();
    const first = await post(caller, { BATCH_TRACKER: noTracker }, "k");
    const second = await post(caller, {}, "k");
    expect({ status: second.status, text: second.text }).toEqual({ status: 200, text: first.text });
    expect(second.headers.get("Idempotent-Replayed")).toBe("true");
    expect(await reserved(caller)).toBe(2);
  });

  it("returns 200 if the idempotency key cannot be unlocked", async () => {
    const caller = await newCaller();
    const DB = new Proxy(env.DB, {
      get(target, name) {
        const member = Reflect.get(target, name);
        if (name !== "prepare") return typeof member === "function" ? member.bind(target) : member;
        return (sql: string) => {
          if (/^update "idempotency_keys"/i.test(sql)) throw new Error("D1 cannot be reached.");
          return target.prepare(sql);
        };
      },
    });
    const { status } = await post(caller, { DB }, "k");
    expect(status).toBe(200);
  });

  it("returns 200 if D1 has written the batch and its response was lost each time", async () => {
    const caller = await newCaller();
    const created = await post(caller, { DB: lossyD1() });
    expect(created.status).toBe(200);
    expect(await reserved(caller)).toBe(2);
    expect((await caller.call("GET", `/v1/batches/${created.body.id}`)).body).toEqual(created.body);
  });
});
