/** What an account can have at once: running batches and stored items. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { items, newBatch, newCaller } from "./caller.ts";
import { completed } from "./finish-items.ts";

describe("a quota", () => {
  const runningBatches = { MAX_RUNNING_BATCHES: "2" };
  const storedItems = { MAX_STORED_ITEMS: "5" };

  it("of running batches refuses another one until one completes", async () => {
    const caller = await newCaller();
    const post = () => caller.call("POST", "/v1/batches", { body: { items: items(1) }, env: runningBatches });
    const { id } = await newBatch(caller, { items: items(1) });
    expect((await post()).status).toBe(200);
    expect((await post()).body).toMatchObject({
      status: 403,
      code: "quota_exceeded",
      title: "Forbidden",
      detail: "This account can have at most 2 running batches, and has 2.",
    });
    await caller.call("POST", `/v1/batches/${id}/cancel`);
    await completed(caller.account.id, id);
    expect((await post()).status).toBe(200);
  });

  it("of stored items counts those of completed batches, too, but not those of other accounts", async () => {
    const [caller, other] = [await newCaller(), await newCaller()];
    const post = (count: number, by = caller) =>
      by.call("POST", "/v1/batches", { body: { items: items(count) }, env: storedItems });
    const { id } = await newBatch(caller, { items: items(3) });
    await caller.call("POST", `/v1/batches/${id}/cancel`);
    await completed(caller.account.id, id);
    expect((await post(3)).body).toMatchObject({
      status: 403,
      code: "quota_exceeded",
      detail: "This account can store at most 5 items, and has 3; the batch has 3.",
    });
    expect((await post(3, other)).status).toBe(200);
    expect((await post(2)).status).toBe(200);
    expect((await post(1)).status).toBe(403);
  });

  it("cannot be passed by two requests at the same time", async () => {
    const caller = await newCaller();
    const post = () => caller.call("POST", "/v1/batches", { body: { items: items(3) }, env: storedItems });
    const statuses = (await Promise.all([post(), post(), post()])).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([200, 403, 403]);
  });

  it("leaves nothing of what it refuses: no batch, no reserved credits, and the key can be used again", async () => {
    const caller = await newCaller();
    const headers = { "Idempotency-Key": "again" };
    const post = (settings: Record<string, string>) =>
      caller.call("POST", "/v1/batches", { body: { items: items(6) }, env: settings, headers });
    expect((await post(storedItems)).status).toBe(403);
    const { count } = (await env.DB.prepare("SELECT COUNT(*) AS count FROM batches WHERE account_id = ?")
      .bind(caller.account.id)
      .first()) as { count: number };
    expect(count).toBe(0);
    expect((await post({})).status).toBe(200);
  });
});
