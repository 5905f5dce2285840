/** A delivery continues when a process dies, D1 fails, or the tracker loses its alarm or storage. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { redeliverWebhook } from "../../src/batch/commands.ts";
import { batchTracker } from "../../src/batch/tracker.ts";
import { wakeQuietBatches } from "../../src/batch/wake.ts";
import { openBindings } from "../../src/io/bindings.ts";
import { settings } from "../../src/settings.ts";
import { attempts, firstAttempt, minute, pass, recorded, sent, useDatabase } from "./attempts.ts";
import { type Hook, newHook } from "./hook.ts";
import { type SettledBatch, settledBatch } from "./settled-batch.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

describe("when the process or D1 fails", () => {
  it("repeats an attempt during which the process died, under the same number", async () => {
    const hook = newHook([{ delayMs: 60_000 }, {}]);
    const batch = await settledBatch({ webhook: hook.url });
    await batch.tracker.start(batch.id);
    await expect.poll(() => hook.calls()).toHaveLength(1);
    const killed = runInDurableObject(batch.tracker, (_, state) => state.abort("killed"));
    await expect(killed).rejects.toThrow("killed");
    pass(settings(env).TRACKER_HEARTBEAT_MS + 1);
    await runDurableObjectAlarm(batchTracker(env, batch.id));
    await recorded(batch, 1);
    const events = await sent(hook);
    expect(events.map(({ delivery_attempt }) => delivery_attempt)).toEqual(["1/5", "1/5"]);
    expect(events[0]?.id).toBe(events[1]?.id);
  });

  it("makes attempts while D1 cannot record them, and records them later", async () => {
    const hook = newHook([{ status: 500 }]);
    const batch = await settledBatch({ webhook: hook.url });
    const broken = new Proxy(env.DB, {
      get(target, name) {
        if (name === "prepare") {
          return (query: string) => {
            if (query.includes('insert into "webhook_deliveries"')) throw new Error("D1 is full.");
            return target.prepare(query);
          };
        }
        const value = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    await useDatabase(batch, broken);
    await batch.tracker.start(batch.id);
    await expect.poll(() => hook.calls()).toHaveLength(1);
    pass(3 * minute);
    await runDurableObjectAlarm(batch.tracker);
    await expect.poll(() => hook.calls()).toHaveLength(2);
    expect(await attempts(batch)).toEqual([]);
    await useDatabase(batch, env.DB);
    pass(minute);
    await runDurableObjectAlarm(batch.tracker);
    expect((await recorded(batch, 2)).map(({ attempt }) => attempt)).toEqual(["1/5", "2/5"]);
    expect(await hook.calls()).toHaveLength(2);
  });
});

describe("when the tracker's alarm is lost between two attempts", () => {
  /** A batch whose first attempt failed, and whose tracker then lost its alarm, and its storage if `losesStorage`. */
  async function lostAlarm(hook: Hook, losesStorage = false): Promise<SettledBatch> {
    const batch = await settledBatch({ webhook: hook.url });
    await firstAttempt(batch);
    await runInDurableObject(batch.tracker, async (_, { storage }) => {
      await storage.deleteAlarm();
      if (losesStorage) await storage.deleteAll();
    });
    const killed = runInDurableObject(batch.tracker, (_, state) => state.abort("killed"));
    await expect(killed).rejects.toThrow("killed");
    return { ...batch, tracker: batchTracker(env, batch.id) };
  }

  async function sweep({ tracker }: SettledBatch): Promise<void> {
    await wakeQuietBatches(env, Date.now());
    await runDurableObjectAlarm(tracker);
  }

  it("continues the delivery at the first sweep after it is overdue, and marks its end", async () => {
    const hook = newHook([{ status: 500 }, {}]);
    const batch = await lostAlarm(hook);
    const before = await batch.read();
    expect(before.webhookEndedAt).toBeNull();
    pass(19 * minute);
    await sweep(batch);
    expect(await batch.read()).toEqual(before);
    pass(minute);
    await sweep(batch);
    expect((await recorded(batch, 2)).map(({ attempt }) => attempt)).toEqual(["1/5", "2/5"]);
    const ended = await batch.read();
    expect(ended.webhookEndedAt).toBeGreaterThan(before.updatedAt);
    pass(60 * minute);
    await sweep(batch);
    expect(await batch.read()).toEqual(ended);
    expect(await hook.calls()).toHaveLength(2);
  });

  it("begins the delivery again, with the same event, if the storage is lost too", async () => {
    const hook = newHook([{ status: 500 }, {}]);
    const batch = await lostAlarm(hook, true);
    pass(20 * minute);
    await sweep(batch);
    await recorded(batch, 2);
    const events = await sent(hook);
    expect(events.map(({ delivery_attempt }) => delivery_attempt)).toEqual(["1/5", "1/5"]);
    expect(new Set(events.map(({ id }) => id)).size).toBe(1);
    expect((await batch.read()).webhookEndedAt).not.toBeNull();
  });

  it("begins a redelivery that was requested and never begun", async () => {
    const hook = newHook();
    const batch = await settledBatch({ webhook: hook.url });
    await firstAttempt(batch);
    await expect.poll(async () => (await batch.read()).webhookEndedAt).not.toBeNull();
    const tracker = {
      idFromName: () => "",
      get: () => ({ redeliver: async () => Promise.reject(Error("Lost.")) }),
    };
    const asked = redeliverWebhook(
      openBindings({ ...env, BATCH_TRACKER: tracker as never }),
      await batch.read(),
    );
    await expect(asked).rejects.toThrow("Lost.");
    pass(20 * minute);
    await sweep(batch);
    await recorded(batch, 2);
  });
});
