/** Telling a webhook of items. The clock is the test's; the receiver is a real one. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { itemsBodySchema } from "../../src/batch/items-event.ts";
import { batchTracker } from "../../src/batch/tracker.ts";
import { settings } from "../../src/settings.ts";
import { callWith } from "../api/caller.ts";
import { attempts, minute, pass } from "./attempts.ts";
import { type Hook, newHook } from "./hook.ts";
import { type SettledBatch, settledBatch } from "./settled-batch.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

interface Told {
  id: string;
  object: string;
  delivery_attempt: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests assert the shape themselves
  data: any;
}

async function told(hook: Hook, object = "event.batch.items"): Promise<Told[]> {
  return (await hook.calls()).map(({ json }) => json as Told).filter((event) => event.object === object);
}

/** Waits until the receiver has got so many events of items. */
async function untilTold(hook: Hook, count: number): Promise<Told[]> {
  await expect.poll(() => told(hook)).toHaveLength(count);
  return told(hook);
}

/** Lets the time of the next attempt come. */
async function passAndRun({ id }: SettledBatch, ms: number): Promise<void> {
  pass(ms);
  await runDurableObjectAlarm(batchTracker(env, id));
}

const idsIn = (events: Told[]) =>
  events.map(({ data }) => data.items.map(({ custom_id }: { custom_id: string }) => custom_id));

describe("a batch that asks for events of its items", () => {
  it("gets them as they are listed, signed, and the completion as ever", async () => {
    const hook = newHook();
    const batch = await settledBatch({
      webhook: hook.url,
      webhookEvents: ["batch.completed", "item.completed", "item.failed"],
    });
    await batch.tracker.start(batch.id);
    const [event] = await untilTold(hook, 1);
    await expect.poll(() => told(hook, "event.batch.completed")).toHaveLength(1);
    const api = callWith({ Authorization: `Bearer ${batch.key}` });
    const { body: list } = await api("GET", `/v1/batches/${batch.id}/items`);
    expect(event).toEqual({
      id: expect.stringMatching(/^event_/),
      object: "event.batch.items",
      timestamp: expect.any(Number),
      delivery_attempt: "1/5",
      data: { batch_id: batch.id, items: list.items },
    });
    // As the OpenAPI document describes it.
    expect(itemsBodySchema.parse(event)).toEqual(event);
    const call = (await hook.calls()).find(({ json }) => (json as Told).id === event?.id);
    vi.useRealTimers();
    const signed = new Webhook(batch.account.webhookSecret);
    expect(() => signed.verify(call?.body ?? "", call?.headers as Record<string, string>)).not.toThrow();
    await expect.poll(() => attempts(batch)).toHaveLength(2);
    const { body } = await api("GET", `/v1/batches/${batch.id}/webhook_deliveries`);
    expect(body.data.map((each: { event: string }) => each.event).sort()).toEqual([
      "event.batch.completed",
      "event.batch.items",
    ]);
  });

  it.each([
    ["item.failed", "b"],
    ["item.completed", "a"],
  ] as const)("gets only what it asks for: %s", async (name, customId) => {
    const hook = newHook();
    const batch = await settledBatch({ webhook: hook.url, webhookEvents: [name] });
    await batch.tracker.start(batch.id);
    expect(idsIn(await untilTold(hook, 1))).toEqual([[customId]]);
    await expect.poll(async () => (await batch.read()).status).toBe("completed");
    await passAndRun(batch, minute);
    expect(await hook.calls()).toHaveLength(1);
    expect((await batch.read()).webhookEndedAt).not.toBeNull();
  });

  it("completes at once, and sends its completion, although the receiver of its items is silent", async () => {
    const hook = newHook(["silence", {}]);
    const batch = await settledBatch({
      webhook: hook.url,
      webhookEvents: ["batch.completed", "item.completed", "item.failed"],
    });
    await batch.tracker.start(batch.id);
    await expect.poll(async () => (await batch.read()).status).toBe("completed");
    await expect.poll(() => hook.calls()).toHaveLength(2);
  });

  it("sends the same event again after a failure, and gives it up after five attempts", async () => {
    const hook = newHook([{ status: 500 }]);
    const batch = await settledBatch({ webhook: hook.url, webhookEvents: ["item.completed"] });
    await batch.tracker.start(batch.id);
    for (let count = 1; count <= 5; count += 1) {
      await untilTold(hook, count);
      await expect.poll(() => attempts(batch)).toHaveLength(count);
      await passAndRun(batch, 17 * minute);
    }
    const events = await told(hook);
    expect(events.map(({ delivery_attempt }) => delivery_attempt)).toEqual([
      "1/5",
      "2/5",
      "3/5",
      "4/5",
      "5/5",
    ]);
    expect(new Set(events.map(({ id, data }) => JSON.stringify([id, data]))).size).toBe(1);
    await passAndRun(batch, 17 * minute);
    expect(await hook.calls()).toHaveLength(5);
  });

  it("sends the same event again if the process dies meanwhile", async () => {
    const hook = newHook([{ delayMs: 60_000 }, {}]);
    const batch = await settledBatch({ webhook: hook.url, webhookEvents: ["item.failed"] });
    await batch.tracker.start(batch.id);
    await untilTold(hook, 1);
    const killed = runInDurableObject(batch.tracker, (_, state) => state.abort("killed"));
    await expect(killed).rejects.toThrow("killed");
    await passAndRun(batch, settings(env).TRACKER_HEARTBEAT_MS + 1);
    const [first, second] = await untilTold(hook, 2);
    expect([second?.id, second?.delivery_attempt]).toEqual([first?.id, "1/5"]);
    expect(second?.data).toEqual(first?.data);
  });

  it("is not told again of anything when its completion is sent again", async () => {
    const hook = newHook();
    const batch = await settledBatch({
      webhook: hook.url,
      webhookEvents: ["batch.completed", "item.completed"],
    });
    await batch.tracker.start(batch.id);
    await untilTold(hook, 1);
    await expect.poll(() => attempts(batch)).toHaveLength(2);
    await runInDurableObject(batch.tracker, (_, state) => state.storage.deleteAll());
    const killed = runInDurableObject(batch.tracker, (_, state) => state.abort("killed"));
    await expect(killed).rejects.toThrow("killed");
    await batchTracker(env, batch.id).redeliver(batch.id);
    await runDurableObjectAlarm(batchTracker(env, batch.id));
    await expect.poll(() => attempts(batch)).toHaveLength(3);
    expect(await told(hook)).toHaveLength(1);
  });
});
