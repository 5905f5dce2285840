/** The delivery of a batch's event by its tracker. The clock is the test's; the receiver is a real one. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { rotateWebhookSecret } from "../../src/account/webhook-secret.ts";
import { redeliverWebhook } from "../../src/batch/commands.ts";
import { batchTracker } from "../../src/batch/tracker.ts";
import { wakeQuietBatches } from "../../src/batch/wake.ts";
import { patchMetadata } from "../../src/db/batches.ts";
import { database } from "../../src/db/client.ts";
import { listDeliveries } from "../../src/db/deliveries.ts";
import { openBindings } from "../../src/io/bindings.ts";
import { settings } from "../../src/settings.ts";
import { type Hook, newHook } from "./hook.ts";
import { type SettledBatch, settledBatch } from "./settled-batch.ts";

const minute = 60_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

function pass(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

const attempts = ({ account, id }: SettledBatch) => listDeliveries(database(env.DB), account.id, id);

/** Waits until so many attempts are in D1. */
async function recorded(batch: SettledBatch, count: number) {
  await vi.waitFor(async () => expect(await attempts(batch)).toHaveLength(count), { timeout: 10_000 });
  return attempts(batch);
}

/** The clock may be ahead of the platform's, whose alarm would come too late. */
async function redeliver({ tracker, id }: SettledBatch): Promise<void> {
  await tracker.redeliver(id);
  await runDurableObjectAlarm(tracker);
}

interface Sent {
  id: string;
  timestamp: number;
  delivery_attempt: string;
  data: Record<string, unknown>;
}

const sent = async (hook: Hook) => (await hook.calls()).map(({ json }) => json as Sent);

describe("when a batch completes", () => {
  it("its event is sent once, after the batch reads as completed", async () => {
    const hook = newHook();
    const batch = await settledBatch({ webhook: hook.url });
    await batch.tracker.start(batch.id);
    await recorded(batch, 1);
    const row = await batch.read();
    expect(row.status).toBe("completed");
    expect(await sent(hook)).toEqual([
      {
        id: row.eventId,
        object: "event.batch.completed",
        timestamp: expect.any(Number),
        delivery_attempt: "1/5",
        data: {
          id: batch.id,
          object: "batch",
          status: "completed",
          items_total: 2,
          items_completed: 1,
          items_failed: 1,
          created_at: new Date(row.createdAt).toISOString(),
          completed_at: new Date(row.completedAt ?? 0).toISOString(),
          metadata: { order: "7" },
          credits_consumed: 1,
          cost_usd: 0.001,
        },
      },
    ]);
    expect(await attempts(batch)).toMatchObject([
      { attempt: "1/5", delivered: true, httpStatus: 200, errorCode: null },
    ]);
    pass(60 * minute);
    await runDurableObjectAlarm(batch.tracker);
    expect(await hook.calls()).toHaveLength(1);
  });

  it("a receiver that says nothing holds up neither the batch nor whoever reads it", async () => {
    const hook = newHook(["silence"]);
    const batch = await settledBatch({ webhook: hook.url });
    await batch.tracker.start(batch.id);
    await expect.poll(() => hook.calls(), { timeout: 5000 }).toHaveLength(1);
    expect((await batch.read()).status).toBe("completed");
    expect(await batch.tracker.claim([], 10)).toBeNull();
    expect(await attempts(batch)).toEqual([]);
  });

  it("without a webhook nothing is sent, and the tracker comes to rest", async () => {
    const batch = await settledBatch();
    await batch.tracker.start(batch.id);
    await vi.waitFor(async () => expect((await batch.read()).status).toBe("completed"));
    expect(await attempts(batch)).toEqual([]);
  });
});

describe("when the receiver fails", () => {
  it("five attempts are made at about 2, 4, 7 and 15 minutes after the one before, then none", async () => {
    const hook = newHook([
      { status: 500 },
      "close",
      { status: 301, headers: { location: "/" } },
      "garbage",
      { status: 404 },
    ]);
    const batch = await settledBatch({ webhook: hook.url });
    await batch.tracker.start(batch.id);
    let rows = await recorded(batch, 1);
    for (const [n, wait] of [2, 4, 7, 15].entries()) {
      pass(wait * minute * 0.89);
      await runDurableObjectAlarm(batch.tracker);
      expect(await hook.calls()).toHaveLength(n + 1);
      pass(wait * minute * 0.22);
      await runDurableObjectAlarm(batch.tracker);
      rows = await recorded(batch, n + 2);
    }
    expect(
      rows.map(({ attempt, delivered, httpStatus, errorCode }) => [
        attempt,
        delivered,
        httpStatus,
        errorCode,
      ]),
    ).toEqual([
      ["1/5", false, 500, "http_error"],
      ["2/5", false, null, "connection_failed"],
      ["3/5", false, 301, "redirect"],
      ["4/5", false, null, "connection_failed"],
      ["5/5", false, 404, "http_error"],
    ]);
    pass(60 * minute);
    await runDurableObjectAlarm(batch.tracker);
    const events = await sent(hook);
    expect(events.map(({ delivery_attempt }) => delivery_attempt)).toEqual([
      "1/5",
      "2/5",
      "3/5",
      "4/5",
      "5/5",
    ]);
    expect(new Set(events.map(({ id }) => id)).size).toBe(1);
    expect(new Set(events.map(({ timestamp }) => timestamp)).size).toBe(5);
    expect(new Set(events.map(({ data }) => JSON.stringify(data))).size).toBe(1);
  });

  it("attempts end with the first that is answered well", async () => {
    const hook = newHook([{ status: 503 }, { status: 202 }]);
    const batch = await settledBatch({ webhook: hook.url });
    await batch.tracker.start(batch.id);
    await recorded(batch, 1);
    pass(3 * minute);
    await runDurableObjectAlarm(batch.tracker);
    expect(await recorded(batch, 2)).toMatchObject([
      { delivered: false },
      { delivered: true, httpStatus: 202 },
    ]);
    pass(60 * minute);
    await runDurableObjectAlarm(batch.tracker);
    expect(await hook.calls()).toHaveLength(2);
  });
});

describe("when Trawl fails", () => {
  it("an attempt that the process died in is made again under the same number", async () => {
    const hook = newHook([{ delayMs: 60_000 }, {}]);
    const batch = await settledBatch({ webhook: hook.url });
    await batch.tracker.start(batch.id);
    await expect.poll(() => hook.calls(), { timeout: 5000 }).toHaveLength(1);
    const killed = runInDurableObject(batch.tracker, (_, state) => state.abort("killed"));
    await expect(killed).rejects.toThrow("killed");
    pass(settings(env).TRACKER_HEARTBEAT_MS + 1);
    await runDurableObjectAlarm(batchTracker(env, batch.id));
    await recorded(batch, 1);
    const events = await sent(hook);
    expect(events.map(({ delivery_attempt }) => delivery_attempt)).toEqual(["1/5", "1/5"]);
    expect(events[0]?.id).toBe(events[1]?.id);
  });

  it("attempts go on while D1 takes no records, and are recorded when it does", async () => {
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
    await expect.poll(() => hook.calls(), { timeout: 5000 }).toHaveLength(1);
    pass(3 * minute);
    await runDurableObjectAlarm(batch.tracker);
    await expect.poll(() => hook.calls(), { timeout: 5000 }).toHaveLength(2);
    expect(await attempts(batch)).toEqual([]);
    await useDatabase(batch, env.DB);
    pass(minute);
    await runDurableObjectAlarm(batch.tracker);
    expect((await recorded(batch, 2)).map(({ attempt }) => attempt)).toEqual(["1/5", "2/5"]);
    expect(await hook.calls()).toHaveLength(2);
  });
});

describe("when the tracker's alarm is lost between two attempts", () => {
  /** A batch whose first attempt failed and whose tracker lost its alarm, and `alsoLost` what it stored. */
  async function lostAlarm(hook: Hook, alsoLost = false): Promise<SettledBatch> {
    const batch = await settledBatch({ webhook: hook.url });
    await batch.tracker.start(batch.id);
    await recorded(batch, 1);
    await runInDurableObject(batch.tracker, async (_, { storage }) => {
      await storage.deleteAlarm();
      if (alsoLost) await storage.deleteAll();
    });
    const killed = runInDurableObject(batch.tracker, (_, state) => state.abort("killed"));
    await expect(killed).rejects.toThrow("killed");
    return { ...batch, tracker: batchTracker(env, batch.id) };
  }

  async function sweep({ tracker }: SettledBatch): Promise<void> {
    await wakeQuietBatches(env, Date.now());
    await runDurableObjectAlarm(tracker);
  }

  it("the sweep has the delivery go on where it was, once that is overdue, and marks when it ends", async () => {
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

  it("and with it all that it stored, the delivery begins again with the same event", async () => {
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

  it("a redelivery that was asked for and never begun is begun", async () => {
    const hook = newHook();
    const batch = await settledBatch({ webhook: hook.url });
    await batch.tracker.start(batch.id);
    await recorded(batch, 1);
    await vi.waitFor(async () => expect((await batch.read()).webhookEndedAt).not.toBeNull());
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

/** What the batch's tracker has for D1 from now on. */
async function useDatabase({ tracker }: SettledBatch, database: D1Database): Promise<void> {
  await runInDurableObject(tracker, (instance) => {
    Object.assign(instance, { env: { ...env, DB: database } });
  });
}

describe("redelivery", () => {
  it("sends the same event again, with attempts of its own", async () => {
    const hook = newHook([{}, { status: 500 }, {}]);
    const batch = await settledBatch({ webhook: hook.url });
    await batch.tracker.start(batch.id);
    await recorded(batch, 1);
    await redeliver(batch);
    await recorded(batch, 2);
    pass(3 * minute);
    await runDurableObjectAlarm(batch.tracker);
    await recorded(batch, 3);
    const events = await sent(hook);
    expect(events.map(({ delivery_attempt }) => delivery_attempt)).toEqual(["1/5", "1/5", "2/5"]);
    expect(new Set(events.map(({ id }) => id)).size).toBe(1);
  });

  it("asked for while an attempt is on its way, follows it", async () => {
    const hook = newHook([{ delayMs: 300 }, {}]);
    const batch = await settledBatch({ webhook: hook.url });
    await batch.tracker.start(batch.id);
    await expect.poll(() => hook.calls(), { timeout: 5000 }).toHaveLength(1);
    // At the same millisecond as the attempt was due: time stands still.
    await batch.tracker.redeliver(batch.id);
    await recorded(batch, 2);
    const [first, second] = await hook.calls();
    expect(second?.at).toBeGreaterThanOrEqual(first?.endedAt ?? Number.POSITIVE_INFINITY);
  });

  it("works for a batch that its tracker has long forgotten, and renders nothing again", async () => {
    const hook = newHook();
    const batch = await settledBatch({ webhook: hook.url });
    await batch.tracker.start(batch.id);
    await recorded(batch, 1);
    pass(settings(env).TRACKER_RETENTION_MS + minute);
    await runDurableObjectAlarm(batch.tracker);
    const before = await batch.read();
    await redeliver(batch);
    await recorded(batch, 2);
    const { updatedAt, webhookEndedAt } = await batch.read();
    expect(await batch.read()).toEqual({ ...before, updatedAt, webhookEndedAt });
    expect(await batch.tracker.claim([], 10)).toBeNull();
    const [first, second] = await sent(hook);
    expect(second).toEqual({ ...first, timestamp: second?.timestamp });
  });

  it("does nothing before the batch has completed", async () => {
    const hook = newHook();
    const batch = await settledBatch({ webhook: hook.url, totalUrls: 3 });
    await batch.tracker.redeliver(batch.id);
    await runDurableObjectAlarm(batch.tracker);
    expect(await hook.calls()).toEqual([]);
  });
});

describe("the event's body", () => {
  const metadata = (order: string) => ({ data: { metadata: { order } } });

  async function patch({ account, id }: SettledBatch, order: string): Promise<void> {
    await patchMetadata(database(env.DB), account.id, id, { order }, 50);
  }

  it("does not change between attempts, whatever becomes of the batch", async () => {
    const hook = newHook([{ status: 500 }, { status: 500 }, {}]);
    const batch = await settledBatch({ webhook: hook.url });
    await batch.tracker.start(batch.id);
    await recorded(batch, 1);
    await patch(batch, "8");
    pass(3 * minute);
    await runDurableObjectAlarm(batch.tracker);
    await recorded(batch, 2);
    // A restart loses what was in memory.
    await evictDurableObject(batch.tracker);
    pass(5 * minute);
    await runDurableObjectAlarm(batch.tracker);
    await recorded(batch, 3);
    const events = await sent(hook);
    expect(events).toMatchObject([metadata("7"), metadata("7"), metadata("7")]);
    expect(new Set(events.map(({ id, data }) => JSON.stringify({ id, data }))).size).toBe(1);
    expect(new Set(events.map(({ timestamp }) => timestamp)).size).toBe(3);
  });

  it("is the same when it is sent again", async () => {
    const hook = newHook();
    const batch = await settledBatch({ webhook: hook.url });
    await batch.tracker.start(batch.id);
    await recorded(batch, 1);
    await patch(batch, "8");
    pass(minute);
    await redeliver(batch);
    await recorded(batch, 2);
    const [first, second] = await sent(hook);
    expect(second).toEqual({ ...first, timestamp: second?.timestamp });
    expect(second?.timestamp).not.toBe(first?.timestamp);
  });

  it("is of the moment of completion, even if the batch changes before the first attempt", async () => {
    const hook = newHook();
    const batch = await settledBatch({ webhook: hook.url });
    // The change comes right after the transaction that completes the batch, before anything else is read.
    const changing = new Proxy(env.DB, {
      get(target, name) {
        if (name !== "batch") {
          const member = Reflect.get(target, name);
          return typeof member === "function" ? member.bind(target) : member;
        }
        return async (statements: D1PreparedStatement[]) => {
          const results = await target.batch(statements);
          if ((await batch.read()).status === "completed") await patch(batch, "8");
          return results;
        };
      },
    });
    await useDatabase(batch, changing);
    await batch.tracker.start(batch.id);
    await recorded(batch, 1);
    expect((await batch.read()).metadata).toEqual({ order: "8" });
    expect(await sent(hook)).toMatchObject([metadata("7")]);
  });

  it("is made anew from D1 if the tracker has lost its storage", async () => {
    const hook = newHook();
    const batch = await settledBatch({ webhook: hook.url });
    await batch.tracker.start(batch.id);
    await recorded(batch, 1);
    pass(settings(env).TRACKER_RETENTION_MS + minute);
    await runDurableObjectAlarm(batch.tracker);
    await patch(batch, "8");
    await redeliver(batch);
    await recorded(batch, 2);
    const [first, second] = await sent(hook);
    expect(second?.id).toBe(first?.id);
    expect(second).toMatchObject(metadata("8"));
  });

  it("goes to the URL with its password", async () => {
    const hook = newHook();
    const batch = await settledBatch({ webhook: hook.url.replace("://", "://user:s3cret@") });
    await batch.tracker.start(batch.id);
    await recorded(batch, 1);
    const [call] = await hook.calls();
    expect(call?.headers.authorization).toBe(`Basic ${btoa("user:s3cret")}`);
  });
});

describe("the secrets that sign", () => {
  it("are both for 24 hours after a rotation, then the new one alone", async () => {
    const hook = newHook();
    const batch = await settledBatch({ webhook: hook.url });
    const rotated = await rotateWebhookSecret(database(env.DB), batch.account, Date.now());
    const [old, current] = [batch.account.webhookSecret, rotated?.webhookSecret ?? ""];
    await batch.tracker.start(batch.id);
    await recorded(batch, 1);
    pass(24 * 60 * minute - 1000);
    await redeliver(batch);
    await recorded(batch, 2);
    pass(2000);
    await redeliver(batch);
    await recorded(batch, 3);
    const verified = (await hook.calls()).map(({ body, headers }, n) => {
      // The library allows for five minutes between the signature and now.
      vi.setSystemTime((JSON.parse(body) as Sent).timestamp);
      return [old, current].map((secret) => {
        try {
          new Webhook(secret).verify(body, headers as Record<string, string>);
          return `call ${n} by ${secret === old ? "old" : "new"}`;
        } catch {
          return null;
        }
      });
    });
    expect(verified.flat().filter(Boolean)).toEqual([
      "call 0 by old",
      "call 0 by new",
      "call 1 by old",
      "call 1 by new",
      "call 2 by new",
    ]);
  });
});

describe("the tracker's storage", () => {
  it("is empty some time after the last attempt", async () => {
    const hook = newHook();
    const batch = await settledBatch({ webhook: hook.url });
    await batch.tracker.start(batch.id);
    await recorded(batch, 1);
    pass(settings(env).TRACKER_RETENTION_MS - minute);
    await runDurableObjectAlarm(batch.tracker);
    expect(await tablesAndKeys(batch)).not.toEqual([]);
    pass(2 * minute);
    await runDurableObjectAlarm(batch.tracker);
    expect(await tablesAndKeys(batch)).toEqual([]);
    expect(await runDurableObjectAlarm(batch.tracker)).toBe(false);
  });
});

/** What a tracker keeps, by name. */
async function tablesAndKeys({ tracker }: SettledBatch): Promise<string[]> {
  return runInDurableObject(tracker, async (_, { storage }) => {
    const tables = storage.sql.exec<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'",
    );
    return [...[...tables].map(({ name }) => name), ...(await storage.list()).keys()];
  });
}
