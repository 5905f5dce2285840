/** The tracker as a Durable Object. The clock is the test's, and the queue has no consumer. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type BatchTracker, batchTracker } from "../../src/batch/tracker.ts";
import type { Assignment } from "../../src/protocol/claim.ts";
import type { Outcome } from "../../src/protocol/report.ts";
import type { Announcement } from "../../src/protocol/work.ts";
import { settings } from "../../src/settings.ts";
import { type Caller, items, newBatch, newCaller } from "../api/caller.ts";
import { claimFrom, exchangeOf, renew, reportTo } from "./exchange.ts";

const { RENDER_LEASE_MS, BATCH_DEADLINE_MS, TRACKER_RETENTION_MS } = settings(env);

const rendered: Outcome = { kind: "rendered", httpStatus: 200, title: "A page" };
const transient: Outcome = { kind: "failed", code: "timeout", message: "Too slow.", transient: true };
const permanent: Outcome = { kind: "failed", code: "http_error", message: "404", transient: false };
const released: Outcome = { kind: "released", retryAfterMs: 500 };

let caller: Caller;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  caller = await newCaller();
});

afterEach(() => {
  vi.useRealTimers();
});

async function started(count: number): Promise<{ id: string; tracker: DurableObjectStub<BatchTracker> }> {
  const { id } = await newBatch(caller, { items: items(count) });
  return { id, tracker: batchTracker(env, id) };
}

/** Moves the clock forward and runs the alarm. */
async function pass(tracker: DurableObjectStub<BatchTracker>, ms: number): Promise<void> {
  vi.setSystemTime(Date.now() + ms);
  await runDurableObjectAlarm(tracker);
}

interface Row {
  idx: number;
  seq: number;
  status: string;
  attempts: number;
  error_code: string | null;
}

async function rowsOf(id: string): Promise<Row[]> {
  const found = env.DB.prepare("SELECT idx, seq, status, attempts, error_code FROM items WHERE batch_id = ?");
  return (await found.bind(id).all<Row>()).results;
}

/** Renders whatever is left until the batch has completed. */
async function untilCompleted(id: string, tracker: DurableObjectStub<BatchTracker>) {
  for (let round = 0; round < 20; round += 1) {
    const { body } = await caller.call("GET", `/v1/batches/${id}`);
    if (body.status === "completed") return body;
    await pass(tracker, RENDER_LEASE_MS + 60_000);
    const claim = await claimFrom(tracker, 1000);
    await reportTo(
      tracker,
      (claim?.assignments ?? []).map((one) => ({ ...one, outcome: rendered })),
    );
    await pass(tracker, 10_000);
  }
  throw new Error("The batch has not completed.");
}

describe("BatchTracker", () => {
  it("ends with exact counts for any order of lost, repeated and late reports, and restarts", async () => {
    const outcome = fc.constantFrom(rendered, transient, permanent, released);
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ do: fc.constant("claim" as const), limit: fc.integer({ min: 1, max: 4 }) }),
      },
      {
        weight: 6,
        arbitrary: fc.record({
          do: fc.constant("report" as const),
          which: fc.nat(),
          outcome,
          again: fc.boolean(),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 30_000 }) }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("heartbeat" as const), which: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const) }) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.array(step, { maxLength: 25 }),
        async (total, steps) => {
          const { id, tracker } = await started(total);
          await pass(tracker, 0);
          const handedOut: Assignment[] = [];
          for (const action of steps) {
            const some = "which" in action ? action.which % Math.max(1, handedOut.length) : 0;
            const assignment = handedOut[some];
            if (action.do === "claim") {
              handedOut.push(...((await claimFrom(tracker, action.limit))?.assignments ?? []));
            } else if (action.do === "wait") {
              await pass(tracker, action.ms);
            } else if (action.do === "restart") {
              // Only a running object can be evicted.
              await runInDurableObject(tracker, () => {});
              await evictDurableObject(tracker);
            } else if (assignment && action.do === "heartbeat") {
              await renew(tracker, [assignment]);
            } else if (assignment && action.do === "report") {
              await reportTo(tracker, [{ ...assignment, outcome: action.outcome }]);
              if (!action.again) handedOut.splice(some, 1);
            }
          }
          const batch = await untilCompleted(id, tracker);
          const late = handedOut.map((one) => ({ ...one, outcome: permanent }));
          await reportTo(tracker, late);

          const rows = await rowsOf(id);
          expect(rows.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(rows.map((_, n) => n + 1));
          const completed = rows.filter(({ status }) => status === "completed").length;
          expect(batch).toMatchObject({
            total_urls: total,
            completed_urls: completed,
            failed_urls: total - completed,
            number_retried: rows.reduce((sum, { attempts }) => sum + attempts - 1, 0),
            credits_consumed: completed,
          });
          expect((await caller.call("GET", `/v1/batches/${id}`)).body).toEqual(batch);
        },
      ),
      { numRuns: 20 },
    );
  });

  it("fails the items left at the deadline, and completes the batch", async () => {
    const { id, tracker } = await started(3);
    await pass(tracker, 0);
    const claim = await claimFrom(tracker, 2);
    await reportTo(tracker, [{ ...(claim?.assignments[0] as Assignment), outcome: rendered }]);
    await pass(tracker, BATCH_DEADLINE_MS);
    const { body } = await caller.call("GET", `/v1/batches/${id}`);
    expect(body).toMatchObject({ status: "completed", completed_urls: 1, failed_urls: 2 });
    const codes = (await rowsOf(id)).map(({ error_code }) => error_code);
    expect(codes).toEqual([null, "deadline_exceeded", "deadline_exceeded"]);
  });

  it("knows that its batch was cancelled, even if it has lost its storage", async () => {
    const { id, tracker } = await started(2);
    await pass(tracker, 0);
    await claimFrom(tracker, 1);
    await caller.call("POST", `/v1/batches/${id}/cancel`);
    await runInDurableObject(tracker, (_, state) => state.storage.deleteAll());
    await evictDurableObject(tracker);
    await tracker.start(id);
    await pass(tracker, 0);
    await pass(tracker, 10_000);
    const { body } = await caller.call("GET", `/v1/batches/${id}`);
    expect(body).toMatchObject({ status: "completed", failed_urls: 2 });
  });

  it("stores nothing once it has forgotten its batch, even if calls arrive late", async () => {
    const { id, tracker } = await started(1);
    await untilCompleted(id, tracker);
    await pass(tracker, TRACKER_RETENTION_MS + 1);
    await reportTo(tracker, [{ idx: 0, rendering: 1, outcome: rendered }]);
    await renew(tracker, [{ idx: 0, rendering: 1 }]);
    expect(await claimFrom(tracker, 1)).toBeNull();
    const kept = await runInDurableObject(tracker, async (_, { storage }) => {
      const tables = storage.sql.exec(
        "SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'",
      );
      return { tables: tables.toArray(), values: [...storage.kv.list()], alarm: await storage.getAlarm() };
    });
    expect(kept).toEqual({ tables: [], values: [], alarm: null });
  });
});

describe("pages that wait", () => {
  /** A tracker whose pool keeps what it is told, and answers with how long to wait before the next announcement. */
  async function withPool(count: number, againInMs = 30_000) {
    const { id, tracker } = await started(count);
    await evictDurableObject(tracker);
    const announced: Announcement[] = [];
    const pool = {
      answer: async () => ({ againInMs }),
      announce: async (announcement: Announcement) => {
        announced.push(announcement);
        return await pool.answer();
      },
    };
    await runInDurableObject(tracker, (instance) => {
      const namespace = { idFromName: () => "pool", get: () => pool };
      Object.assign(instance, { env: { ...Reflect.get(instance, "env"), BROWSER_POOL: namespace } });
    });
    return { id, tracker, announced, pool };
  }

  it("are announced to the browser pool, with their account and country", async () => {
    const { id, tracker, announced } = await withPool(3);
    await pass(tracker, 0);
    const accountId = caller.account.id;
    expect(announced).toEqual([{ batchId: id, accountId, country: null, waiting: 3, rendering: 0 }]);
  });

  it("are not announced while consumers ask for them, and again once none does", async () => {
    const { tracker, announced } = await withPool(10);
    await pass(tracker, 0);
    announced.length = 0;
    for (let n = 0; n < 4; n += 1) {
      await claimFrom(tracker, 1);
      await pass(tracker, 3000);
    }
    expect(announced).toEqual([]);
    await pass(tracker, 1000);
    expect(announced).toMatchObject([{ waiting: 6, rendering: 4 }]);
  });

  it("are announced as soon as they are ready again, if a consumer was told that there were no more", async () => {
    const { tracker, announced } = await withPool(1);
    await pass(tracker, 0);
    announced.length = 0;
    const claim = await claimFrom(tracker, 2);
    await reportTo(tracker, [{ ...(claim?.assignments[0] as Assignment), outcome: transient }]);
    await pass(tracker, 1000);
    expect(announced).toEqual([]);
    await pass(tracker, 2000);
    expect(announced).toMatchObject([{ waiting: 1, rendering: 0 }]);
  });

  it("wait for as long as the pool says while there can be no browser", async () => {
    const hour = 3600_000;
    const { tracker, announced } = await withPool(3, hour);
    await pass(tracker, 0);
    for (let n = 0; n < 3; n += 1) await pass(tracker, hour / 4);
    expect(announced).toHaveLength(1);
    await pass(tracker, hour / 4);
    expect(announced).toHaveLength(2);
  });

  it("are announced again after a moment if the pool could not be reached", async () => {
    const { tracker, announced, pool } = await withPool(3);
    const { answer } = pool;
    pool.answer = () => Promise.reject(new Error("The pool is down."));
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    await pass(tracker, 0);
    expect(error.mock.calls.flat().join()).toContain('"event":"tracker.step_failed"');
    error.mockRestore();
    pool.answer = answer;
    await pass(tracker, 1000);
    await pass(tracker, 1000);
    expect(announced).toHaveLength(2);
  });

  it("are the same for a repeated call, whose answer may have been lost", async () => {
    const { tracker } = await withPool(5);
    await pass(tracker, 0);
    const call = exchangeOf({ needed: 2 });
    const [first, again] = [await tracker.exchange(call), await tracker.exchange(call)];
    expect(again).toEqual(first);
    expect(first?.left).toEqual({ waiting: 3, rendering: 2 });
  });
});
