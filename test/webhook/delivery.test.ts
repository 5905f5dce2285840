/** Delivering a batch's event. The clock is the test's; the receiver is a real one. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { rotateWebhookSecret } from "../../src/account/webhook-secret.ts";
import { database } from "../../src/db/client.ts";
import { settings } from "../../src/settings.ts";
import type { WebhookBody } from "../../src/webhook/payload.ts";
import { claimFrom } from "../batch/exchange.ts";
import { attempts, firstAttempt, minute, pass, recorded, redeliver, sent } from "./attempts.ts";
import { newHook } from "./hook.ts";
import { type SettledBatch, settledBatch } from "./settled-batch.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

describe("when a batch completes", () => {
  it("sends its event once, after the batch reads as completed", async () => {
    const hook = newHook();
    const batch = await settledBatch({ webhook: hook.url });
    await firstAttempt(batch);
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

  it("delays neither the batch nor its readers if the receiver does not respond", async () => {
    const hook = newHook(["silence"]);
    const batch = await settledBatch({ webhook: hook.url });
    await batch.tracker.start(batch.id);
    await expect.poll(() => hook.calls()).toHaveLength(1);
    expect((await batch.read()).status).toBe("completed");
    expect(await claimFrom(batch.tracker, 10)).toBeNull();
    expect(await attempts(batch)).toEqual([]);
  });

  it("sends nothing if the batch has no webhook, and the tracker comes to rest", async () => {
    const batch = await settledBatch();
    await batch.tracker.start(batch.id);
    await expect.poll(async () => (await batch.read()).status).toBe("completed");
    expect(await attempts(batch)).toEqual([]);
  });
});

describe("when the receiver fails", () => {
  it("makes five attempts, about 2, 4, 7 and 15 minutes after the one before, and then none", async () => {
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

  it("makes no more attempts after the first that succeeds", async () => {
    const hook = newHook([{ status: 503 }, { status: 202 }]);
    const batch = await settledBatch({ webhook: hook.url });
    await firstAttempt(batch);
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

describe("redelivery", () => {
  it("sends the same event again, in a new series of attempts", async () => {
    const hook = newHook([{}, { status: 500 }, {}]);
    const batch = await settledBatch({ webhook: hook.url });
    await firstAttempt(batch);
    await redeliver(batch);
    await recorded(batch, 2);
    pass(3 * minute);
    await runDurableObjectAlarm(batch.tracker);
    await recorded(batch, 3);
    const events = await sent(hook);
    expect(events.map(({ delivery_attempt }) => delivery_attempt)).toEqual(["1/5", "1/5", "2/5"]);
    expect(new Set(events.map(({ id }) => id)).size).toBe(1);
  });

  it("follows an attempt that is under way when it is requested", async () => {
    const hook = newHook([{ delayMs: 300 }, {}]);
    const batch = await settledBatch({ webhook: hook.url });
    await batch.tracker.start(batch.id);
    await expect.poll(() => hook.calls()).toHaveLength(1);
    // In the same millisecond in which the attempt was due, since the clock stands still.
    await batch.tracker.redeliver(batch.id);
    await recorded(batch, 2);
    const [first, second] = await hook.calls();
    expect(second?.at).toBeGreaterThanOrEqual(first?.endedAt ?? Number.POSITIVE_INFINITY);
  });

  it("works for a batch that its tracker has long forgotten, and renders nothing again", async () => {
    const hook = newHook();
    const batch = await settledBatch({ webhook: hook.url });
    await firstAttempt(batch);
    pass(settings(env).TRACKER_RETENTION_MS + minute);
    await runDurableObjectAlarm(batch.tracker);
    const before = await batch.read();
    await redeliver(batch);
    await recorded(batch, 2);
    const { updatedAt, webhookEndedAt } = await batch.read();
    expect(await batch.read()).toEqual({ ...before, updatedAt, webhookEndedAt });
    expect(await claimFrom(batch.tracker, 10)).toBeNull();
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

describe("signing", () => {
  it("uses the old and the new secret for 24 hours after a rotation, and then only the new one", async () => {
    const hook = newHook();
    const batch = await settledBatch({ webhook: hook.url });
    const rotated = await rotateWebhookSecret(database(env.DB), batch.account, Date.now());
    const [old, current] = [batch.account.webhookSecret, rotated?.webhookSecret ?? ""];
    await firstAttempt(batch);
    pass(24 * 60 * minute - 1000);
    await redeliver(batch);
    await recorded(batch, 2);
    pass(2000);
    await redeliver(batch);
    await recorded(batch, 3);
    const verified = (await hook.calls()).map(({ body, headers }, n) => {
      // The library accepts signatures that are up to five minutes old.
      vi.setSystemTime((JSON.parse(body) as WebhookBody).timestamp);
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
  it("is cleared TRACKER_RETENTION_MS after the last attempt", async () => {
    const hook = newHook();
    const batch = await settledBatch({ webhook: hook.url });
    await firstAttempt(batch);
    pass(settings(env).TRACKER_RETENTION_MS - minute);
    await runDurableObjectAlarm(batch.tracker);
    expect(await tablesAndKeys(batch)).not.toEqual([]);
    pass(2 * minute);
    await runDurableObjectAlarm(batch.tracker);
    expect(await tablesAndKeys(batch)).toEqual([]);
    expect(await runDurableObjectAlarm(batch.tracker)).toBe(false);
  });
});

/** The names of the tables and keys in a tracker's storage. */
async function tablesAndKeys({ tracker }: SettledBatch): Promise<string[]> {
  return runInDurableObject(tracker, async (_, { storage }) => {
    const tables = storage.sql.exec<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'",
    );
    return [...[...tables].map(({ name }) => name), ...(await storage.list()).keys()];
  });
}
