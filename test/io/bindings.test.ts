/** The opened bindings: every call has a time limit, and calls that are safe to repeat are repeated. */
import { createMessageBatch, createScheduledController, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { BatchFeed } from "../../src/api/batch-feed.ts";
import { BatchTracker } from "../../src/batch/tracker.ts";
import { BrowserPool } from "../../src/browsers/pool.ts";
import { database } from "../../src/db/client.ts";
import { batches } from "../../src/db/schema.ts";
import worker from "../../src/index.ts";
import { openBindings } from "../../src/io/bindings.ts";
import { repeatable } from "../../src/io/d1.ts";
import type { RenderTicket } from "../../src/protocol/ticket.ts";
import type { Env } from "../../src/settings.ts";
import { messageOf } from "../../src/text/log.ts";
import { crons, queues } from "../../src/triggers.ts";
import { newCaller } from "../api/caller.ts";
import { exchangeOf } from "../batch/exchange.ts";

const applicant = { consumer: "a consumer", country: null, browsers: 0, sentAt: 1 };
const renewal = { consumer: "a consumer", country: null, beganAt: 1, leases: [], returned: [], news: [] };

const never = () => new Promise<never>(() => {});

/** A binding whose methods all do `instead`. */
const broken = (instead: () => unknown) => new Proxy({}, { get: () => instead }) as never;

/** D1 whose statements all do `instead`. */
const brokenD1 = (instead: () => unknown) => {
  const statement = { bind: () => statement, all: instead, run: instead, raw: instead, first: instead };
  return { prepare: () => statement, batch: instead } as never;
};

const brokenObjects = (instead: () => unknown) =>
  ({ idFromName: () => "id", get: () => broken(instead) }) as never;

const open = (changed: Partial<Env>, options?: { attempts: number }) =>
  openBindings({ ...env, IO_TIMEOUT_MS: 100, ...changed } as Env, options);

describe("a binding that never answers", () => {
  it.each<[string, (call: Env) => unknown]>([
    ["A read from D1", ({ DB }) => DB.prepare("SELECT 1").first()],
    ["A read from D1", ({ DB }) => DB.batch([DB.prepare("SELECT 1").bind()])],
    ["A read from D1", ({ DB }) => database(DB).select().from(batches)],
    ["A write to D1", ({ DB }) => DB.prepare("DELETE FROM batches").run()],
    ["A write to D1", ({ DB }) => DB.batch([DB.prepare("SELECT 1"), DB.prepare("DELETE FROM batches")])],
    ["A write to D1", ({ DB }) => database(DB).delete(batches)],
    ["R2's get()", ({ CONTENT }) => CONTENT.get("key")],
    ["R2's put()", ({ CONTENT }) => CONTENT.put("key", "content")],
    ["The queue's sendBatch()", ({ RENDER_QUEUE }) => RENDER_QUEUE.sendBatch([])],
    ["The rate limit's limit()", ({ RATE_LIMIT }) => RATE_LIMIT.limit({ key: "key" })],
    ["The tracker's start()", ({ BATCH_TRACKER: of }) => of.get(of.idFromName("id")).start("id")],
    ["The browser pool's lease()", ({ BROWSER_POOL: of }) => of.get(of.idFromName("id")).lease(null)],
    ["The browser pool's begin()", ({ BROWSER_POOL: of }) => of.get(of.idFromName("id")).begin(applicant, 0)],
  ])("%s fails after its time limit", async (what, call) => {
    const hanging = open({
      DB: brokenD1(never),
      CONTENT: broken(never),
      RENDER_QUEUE: broken(never),
      RATE_LIMIT: broken(never),
      BATCH_TRACKER: brokenObjects(never),
      BROWSER_POOL: brokenObjects(never),
    });
    const limit = what.startsWith("The browser pool") ? 200 : 100;
    const thrown = await Promise.resolve()
      .then(() => call(hanging))
      .catch((error) => error);
    expect(messageOf(thrown)).toBe(`${what} took longer than ${limit} ms`);
  });
});

it("reading the content of an R2 object fails after its time limit", async () => {
  const { CONTENT } = open({ CONTENT: { get: async () => ({ text: never }) } as never });
  const object = await CONTENT.get("key");
  await expect(object?.text()).rejects.toThrow("R2's text() took longer than 100 ms");
});

describe("a call that fails", () => {
  /** Makes the call on bindings that always fail, and returns how many attempts they saw. */
  async function attemptsOf(call: (opened: Env) => unknown, options?: { attempts: number }): Promise<number> {
    const fails = vi.fn(async () => {
      throw new Error("It fails.");
    });
    const failing = open(
      {
        DB: brokenD1(fails),
        CONTENT: broken(fails),
        RENDER_QUEUE: broken(fails),
        BATCH_TRACKER: brokenObjects(fails),
        BROWSER_POOL: brokenObjects(fails),
      },
      options,
    );
    await expect(async () => call(failing)).rejects.toThrow();
    return fails.mock.calls.length;
  }

  const read = ({ DB }: Env) => DB.prepare("SELECT 1").first();
  const write = ({ DB }: Env) => DB.prepare("DELETE FROM batches").run();
  const put = ({ CONTENT }: Env, body: string | ReadableStream) => CONTENT.put("key", body);

  it.each<[string, (opened: Env) => unknown]>([
    ["a read from D1", read],
    ["a read that begins with WITH", ({ DB }) => DB.prepare("WITH a AS (SELECT 1) SELECT * FROM a").first()],
    ["a batch of reads", ({ DB }) => DB.batch([DB.prepare("SELECT 1"), DB.prepare("select 2")])],
    [
      "a write that the caller declares safe to repeat",
      ({ DB }) => repeatable(DB).prepare("DELETE FROM batches").run(),
    ],
    ["a call to R2", (opened) => put(opened, "content")],
    ["a send to the queue", ({ RENDER_QUEUE }) => RENDER_QUEUE.sendBatch([])],
    ["a call to a tracker", ({ BATCH_TRACKER: of }) => of.get(of.idFromName("id")).start("id")],
    [
      "a consumer's exchange",
      ({ BATCH_TRACKER: of }) => of.get(of.idFromName("id")).exchange(exchangeOf({})),
    ],
    [
      "a release of a browser",
      ({ BROWSER_POOL: of }) => of.get(of.idFromName("id")).release("id", { broken: true }),
    ],
  ])("is repeated if it is %s", async (_, call) => {
    expect(await attemptsOf(call)).toBe(3);
  });

  it.each<[string, (opened: Env) => unknown]>([
    ["a write to D1", write],
    ["a write that begins with WITH", ({ DB }) => DB.prepare("WITH a AS (SELECT 1) DELETE FROM b").run()],
    ["a batch with a write", ({ DB }) => DB.batch([DB.prepare("SELECT 1"), DB.prepare("DELETE FROM b")])],
    ["a stream for R2", (opened) => put(opened, new ReadableStream())],
    ["a renewal of browser leases", ({ BROWSER_POOL: of }) => of.get(of.idFromName("id")).renew(renewal)],
    ["a lease of a browser", ({ BROWSER_POOL: of }) => of.get(of.idFromName("id")).lease(null)],
    ["a lease for a ticket", ({ BROWSER_POOL: of }) => of.get(of.idFromName("id")).begin(applicant, 0)],
  ])("is not repeated if it is %s", async (_, call) => {
    expect(await attemptsOf(call)).toBe(1);
  });

  it("is not repeated if the bindings are opened for one attempt", async () => {
    expect(await attemptsOf(read, { attempts: 1 })).toBe(1);
  });
});

it("a write that is safe to repeat is repeated after its time limit, too", async () => {
  const answers = [never, async () => ({ meta: { changes: 1 } })];
  const { DB } = open({ DB: brokenD1(() => answers.shift()?.()) });
  expect(await repeatable(DB).prepare("DELETE FROM batches").run()).toEqual({ meta: { changes: 1 } });
});

it("opened bindings give the same results as the bindings themselves", async () => {
  const { DB, CONTENT, BROWSER_POOL } = openBindings(env);
  expect(await DB.prepare("SELECT ?1 AS n").bind(7).first("n")).toBe(7);
  await CONTENT.put("io/key", "content");
  expect(await (await CONTENT.get("io/key"))?.text()).toBe("content");
  expect(await BROWSER_POOL.get(BROWSER_POOL.idFromName("io")).state()).toMatchObject({ browsers: 0 });
});

describe("every entry point of the Worker opens its bindings", () => {
  it.each(["/v1/batches", "/v1/batches/batch_1", "/v1/batches/batch_1/items", "/v1/parsers"])(
    "GET %s answers 500 when D1 hangs",
    async (path) => {
      const { call } = await newCaller();
      // From now on the key is cached, and authentication needs no D1.
      expect((await call("GET", "/v1/batches")).status).toBe(200);
      const { status, body } = await call("GET", path, {
        env: { DB: brokenD1(never), IO_TIMEOUT_MS: "100" },
      });
      expect([status, body.code]).toEqual([500, "internal_server_error"]);
    },
  );

  it("the queue handler ends when the browser pool hangs", async () => {
    const ticket: RenderTicket = { country: null, sentAt: Date.now() };
    const message = { id: "1", timestamp: new Date(), attempts: 1, body: ticket };
    const tickets = createMessageBatch<RenderTicket>(queues.tickets, [message]);
    const hanging = { ...env, BROWSER_POOL: brokenObjects(never), IO_TIMEOUT_MS: 100 } as never;
    await worker.queue(tickets, hanging);
  });

  it("the cron handler fails when D1 hangs", async () => {
    const hanging = { ...env, DB: brokenD1(never), IO_TIMEOUT_MS: 100 } as never;
    const controller = createScheduledController({ cron: crons.wakeBatches });
    await expect(worker.scheduled(controller, hanging)).rejects.toThrow();
  });

  it.each([
    ["BatchFeed", BatchFeed, env.BATCH_FEED as DurableObjectNamespace, {}],
    ["BatchTracker", BatchTracker, env.BATCH_TRACKER as DurableObjectNamespace, { attempts: 1 }],
    ["BrowserPool", BrowserPool, env.BROWSER_POOL as DurableObjectNamespace, { attempts: 1 }],
  ] as const)("%s is built with them", async (_, Class, namespace, options) => {
    await runInDurableObject(namespace.get(namespace.newUniqueId()), async (_instance, state) => {
      const given = { ...env };
      const object = new Class(state, given);
      expect(Reflect.get(object, "env")).toBe(openBindings(given, options));
    });
  });
});
