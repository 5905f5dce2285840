/** `/v1/batches/{id}/webhook_deliveries`: listing and resending. */
import { describe, expect, it, vi } from "vitest";
import { newHook } from "../webhook/hook.ts";
import { type SettledBatch, settledBatch } from "../webhook/settled-batch.ts";
import { anonymous, callWith, newCaller } from "./caller.ts";

const path = (id: string) => `/v1/batches/${id}/webhook_deliveries`;

const callerOf = ({ key }: SettledBatch) => callWith({ Authorization: `Bearer ${key}` });

/** Waits until `count` attempts are listed. */
async function listed(batch: SettledBatch, count: number) {
  const call = callerOf(batch);
  return vi.waitFor(
    async () => {
      const answer = await call("GET", path(batch.id));
      expect(answer.status).toBe(200);
      expect(answer.body.data).toHaveLength(count);
      return answer.body;
    },
    { timeout: 30_000 },
  );
}

describe("the list of webhook deliveries", () => {
  it("shows the time, status, error and duration of each attempt", async () => {
    const hook = newHook([{ status: 503 }]);
    const batch = await settledBatch({ webhook: hook.url });
    await batch.tracker.start(batch.id);
    const list = await listed(batch, 1);
    expect(list).toEqual({
      object: "list",
      batch_id: batch.id,
      data: [
        {
          id: expect.stringMatching(/^delivery_[0-9A-Za-z]{22}$/),
          object: "webhook_delivery",
          event: "event.batch.completed",
          attempt: "1/5",
          started_at: expect.any(Number),
          duration_ms: expect.any(Number),
          delivered: false,
          http_status: 503,
          error: { code: "http_error", message: "The receiver responded with 503." },
        },
      ],
    });
    expect(list.data[0].started_at).toBeGreaterThan(Date.now() / 1000 - 60);
    expect(list.data[0].started_at).toBeLessThanOrEqual(Date.now() / 1000);
  });

  it("is empty for a batch that has not completed, or has no webhook", async () => {
    for (const batch of [await settledBatch({ webhook: newHook().url }), await settledBatch()]) {
      expect((await callerOf(batch)("GET", path(batch.id))).body).toEqual({
        object: "list",
        batch_id: batch.id,
        data: [],
      });
    }
  });
});

describe("resending an event", () => {
  it("returns 202 and sends the same event once more", async () => {
    const hook = newHook();
    const batch = await settledBatch({ webhook: hook.url });
    await batch.tracker.start(batch.id);
    await listed(batch, 1);
    const answer = await callerOf(batch)("POST", path(batch.id));
    expect(answer.status).toBe(202);
    await listed(batch, 2);
    const calls = await hook.calls();
    expect(calls.map(({ headers }) => headers["webhook-id"])).toEqual(
      Array(2).fill((await batch.read()).eventId),
    );
  });

  it("is refused if there is no event yet, or no webhook", async () => {
    const running = await settledBatch({ webhook: newHook().url });
    const refusal = await callerOf(running)("POST", path(running.id));
    expect(refusal.body).toMatchObject({ status: 400, code: "validation_error" });
    expect(refusal.body.detail).toContain("has not completed");
    const silent = await settledBatch({ status: "completed", completedAt: Date.now(), creditsConsumed: 1 });
    expect((await callerOf(silent)("POST", path(silent.id))).body).toMatchObject({
      status: 400,
      detail: "The batch has no webhook.",
    });
  });
});

describe("another account's batch, or an unknown one", () => {
  it.each(["GET", "POST"])("returns 404 for %s", async (method) => {
    const batch = await settledBatch({ webhook: newHook().url });
    const stranger = await newCaller();
    for (const id of [batch.id, "batch_none"]) {
      expect((await stranger.call(method, path(id))).body).toMatchObject({
        status: 404,
        code: "batch_not_found",
      });
    }
    expect((await anonymous(method, path(batch.id))).status).toBe(401);
  });
});
