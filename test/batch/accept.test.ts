/** Accepting large batches: few statements, and quickly. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { batchTracker } from "../../src/batch/tracker.ts";
import { newCaller } from "../api/caller.ts";

/** D1 that counts the statements that it is given. */
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

describe("Accepting", () => {
  it("takes 10,000 items in a handful of statements", async () => {
    const items = Array.from({ length: 10_000 }, (_, n) => ({
      custom_id: `${n}`,
      url: `https://shop.example/${n}`,
    }));
    const { id, ms, statements } = await acceptedIn(JSON.stringify({ items }));
    console.log(`10,000 items: ${statements} statements, ${ms} ms`);
    expect(statements).toBeLessThanOrEqual(12);
    expect(ms).toBeLessThan(10_000);
    const { n } = (await env.DB.prepare("SELECT COUNT(*) AS n FROM items WHERE batch_id = ?")
      .bind(id)
      .first<{ n: number }>()) ?? { n: 0 };
    expect(n).toBe(10_000);
    await batchTracker(env, id).cancel(id);
  });

  it("takes a body of 16 MiB, in statements that D1 bears", async () => {
    const path = "p".repeat(1600);
    const items = Array.from({ length: 9900 }, (_, n) => ({
      custom_id: `${n}`,
      url: `https://shop.example/${path}${n}`,
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
