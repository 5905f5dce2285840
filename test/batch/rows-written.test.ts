/**
 * How many rows a page costs, over D1 and the tracker's own storage. On the free plan each has 100,000 a day. Rows of
 * indexes count (developers.cloudflare.com/d1/platform/pricing), and so does setting an alarm
 * (developers.cloudflare.com/durable-objects/platform/pricing).
 */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { BatchTracker } from "../../src/batch/tracker.ts";
import type { Env } from "../../src/settings.ts";
import { items, newCaller } from "../api/caller.ts";

const PAGES = 200;
/** What a browser's consumer reports and claims at a time, when pages take 3 seconds. */
const PER_CALL = 4;
const MS_PER_CALL = 1500;

class RowCount {
  rows = 0;

  /** Counts what objects of this isolate write, until the returned function is called. */
  watchStorage(storage: DurableObjectStorage): () => void {
    const count = (n: number) => {
      this.rows += n;
    };
    const alarms = Object.getPrototypeOf(storage) as DurableObjectStorage;
    const { setAlarm } = alarms;
    alarms.setAlarm = function (this: DurableObjectStorage, ...args: Parameters<typeof setAlarm>) {
      count(1);
      return Reflect.apply(setAlarm, this, args);
    };
    const prototype = Object.getPrototypeOf(storage.sql) as SqlStorage;
    const { exec } = prototype;
    prototype.exec = function (this: SqlStorage, ...args: Parameters<typeof exec>) {
      const cursor = Reflect.apply(exec, this, args);
      count(cursor.rowsWritten);
      return cursor;
    } as typeof exec;
    return () => {
      prototype.exec = exec;
      alarms.setAlarm = setAlarm;
    };
  }

  database(real: D1Database): D1Database {
    const originals = new WeakMap<object, D1PreparedStatement>();
    const count = (result: D1Result) => {
      this.rows += result.meta.rows_written;
      return result;
    };
    const wrapped = (statement: D1PreparedStatement, query: string): D1PreparedStatement => {
      const proxy = new Proxy(statement, {
        get: (target, name) => {
          if (name === "bind") return (...values: unknown[]) => wrapped(target.bind(...values), query);
          // Raw rows come without a count, and reading writes none.
          if (name === "raw" && /^select/i.test(query)) return () => target.raw();
          if (name === "raw")
            return async () => count(await target.all()).results.map((row) => Object.values(row as object));
          if (name === "all") return async () => count(await target.all());
          if (name === "run") return async () => count(await target.run());
          throw new Error(`The counting statement has no ${String(name)}.`);
        },
      });
      originals.set(proxy, statement);
      return proxy;
    };
    return {
      prepare: (query: string) => wrapped(real.prepare(query), query),
      batch: async (statements: D1PreparedStatement[]) =>
        (await real.batch(statements.map((one) => originals.get(one) ?? one))).map((result) => count(result)),
    } as unknown as D1Database;
  }
}

describe("A page", () => {
  it("costs at most 25 rows, from its acceptance to its batch's completion", async () => {
    const accepted = new RowCount();
    const caller = await newCaller();
    vi.useFakeTimers({ toFake: ["Date"] });
    const { body } = await caller.call("POST", "/v1/batches", {
      body: { items: items(PAGES) },
      env: { DB: accepted.database(env.DB) },
    });
    const { id } = body;
    const pool = { announce: async () => ({ againInMs: 30_000 }) };
    const namespace = { idFromName: () => "pool", get: () => pool };
    const stub = env.BATCH_TRACKER.get(env.BATCH_TRACKER.newUniqueId());
    await runInDurableObject(stub, async (_instance, state) => {
      const stop = accepted.watchStorage(state.storage);
      const own = new BatchTracker(
        state as DurableObjectState<unknown>,
        {
          ...env,
          DB: accepted.database(env.DB),
          BROWSER_POOL: namespace,
        } as unknown as Env,
      );
      await own.start(id);
      await own.alarm();
      const pass = async () => {
        vi.setSystemTime(Date.now() + MS_PER_CALL);
        await own.alarm();
      };
      let reports: { idx: number; rendering: number }[] = [];
      for (let call = 0; call < PAGES; call += 1) {
        const claim = await own.exchange({
          id: crypto.randomUUID(),
          consumer: "one",
          reports: reports.map((page) => ({
            ...page,
            outcome: { kind: "rendered" as const, httpStatus: 200, title: "A page" },
          })),
          renewals: [],
          needed: PER_CALL,
          ahead: 0,
        });
        await pass();
        if (!claim || claim.assignments.length + reports.length === 0) break;
        reports = claim.assignments;
      }
      stop();
    });
    const row = await env.DB.prepare("SELECT status FROM batches WHERE id = ?").bind(id).first();
    expect(row).toEqual({ status: "completed" });
    expect(accepted.rows / PAGES).toBeLessThanOrEqual(25);
  });
});
