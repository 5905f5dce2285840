/** The hourly clean-up, on the real R2 and D1 of this machine. */
import { createExecutionContext, createScheduledController, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { retrieveId } from "../../src/batch/retrieve-id.ts";
import { batchPrefix, contentKey, putPart } from "../../src/content/stored-parts.ts";
import { database } from "../../src/db/client.ts";
import { recordDelivery } from "../../src/db/deliveries.ts";
import { idempotencyKeys } from "../../src/db/schema.ts";
import worker from "../../src/index.ts";
import { removeExpiredContent } from "../../src/retention/content.ts";
import { removeExpiredRows } from "../../src/retention/rows.ts";
import { type Env, settings } from "../../src/settings.ts";
import { crons } from "../../src/triggers.ts";
import { callWith } from "../api/caller.ts";
import { type SettledBatch, settledBatch } from "../webhook/settled-batch.ts";

const { BATCH_RETENTION_MS, CONTENT_RETENTION_MS, IDEMPOTENCY_TTL_MS } = settings(env);
const hour = 60 * 60_000;

afterEach(() => {
  vi.restoreAllMocks();
});

/** A batch that completed so many ms ago, with content of its first item. */
async function completedBatch(agoMs: number): Promise<SettledBatch> {
  const completedAt = Date.now() - agoMs;
  const batch = await settledBatch({ status: "completed", completedAt, creditsConsumed: 1 });
  await putPart(env.CONTENT, contentKey(batch.account.id, batch.id, 0, 1), "html", "<p>Kept.</p>");
  const key = contentKey(batch.account.id, batch.id, 0, 1);
  await env.DB.prepare("UPDATE items SET content_key = ? WHERE batch_id = ? AND idx = 0")
    .bind(key, batch.id)
    .run();
  return batch;
}

const removeContent = (within: Env, now = Date.now(), maxCalls?: number) =>
  removeExpiredContent(within, now, Date.now() + hour, maxCalls);

const objectsOf = async ({ account, id }: SettledBatch, bucket = env.CONTENT) =>
  (await bucket.list({ prefix: batchPrefix(account.id, id) })).objects.map(({ key }) => key);

/** Runs the Worker's schedule as the platform does. */
async function tick(cron: string, changed: Partial<Env> = {}): Promise<void> {
  const ctx = createExecutionContext();
  await worker.scheduled(createScheduledController({ cron }), { ...env, ...changed });
  await waitOnExecutionContext(ctx);
}

/** The bucket, counting calls, and failing where the test says. */
function bucketThat(fails: (call: "list" | "delete", argument: string) => boolean) {
  const calls = { list: 0, delete: 0 };
  const watched = (name: "list" | "delete", argument: string) => {
    calls[name] += 1;
    if (fails(name, argument)) throw new Error("R2 fails.");
  };
  const bucket = new Proxy(env.CONTENT, {
    get(target, name) {
      if (name === "list") {
        return async (options: R2ListOptions) => {
          watched("list", options.prefix ?? "");
          return target.list(options);
        };
      }
      if (name === "delete") {
        return async (keys: string[]) => {
          watched("delete", keys[0] ?? "");
          return target.delete(keys);
        };
      }
      return Reflect.get(target, name);
    },
  });
  return { bucket, calls };
}

describe("page content", () => {
  it("is removed when its batch completed long enough ago, late renderings included, and not before", async () => {
    const due = await completedBatch(CONTENT_RETENTION_MS + 1000);
    await putPart(
      env.CONTENT,
      contentKey(due.account.id, due.id, 1, 3),
      "text",
      "A rendering that came too late.",
    );
    const young = await completedBatch(CONTENT_RETENTION_MS - hour);
    const running = await settledBatch({ createdAt: Date.now() - 2 * CONTENT_RETENTION_MS });
    const runningKey = contentKey(running.account.id, running.id, 0, 1);
    await putPart(env.CONTENT, runningKey, "html", "<p>Running.</p>");
    const before = Date.now();
    await tick(crons.cleanUp);
    expect(await objectsOf(due)).toEqual([]);
    expect((await due.read()).contentRemovedAt).toBeGreaterThanOrEqual(before);
    expect(await objectsOf(young)).toHaveLength(1);
    expect((await young.read()).contentRemovedAt).toBeNull();
    expect(await objectsOf(running)).toEqual([`${runningKey}/html`]);
  });

  it("answers 404 from then on, and says that it has expired", async () => {
    const batch = await completedBatch(CONTENT_RETENTION_MS + 1000);
    const call = callWith({ Authorization: `Bearer ${batch.key}` });
    const path = `/v1/retrieve?retrieve_id=${retrieveId(batch.id, 0)}&formats=html`;
    const { html_content, html_hosted_url } = (await call("GET", path)).body;
    expect(html_content).toBe("<p>Kept.</p>");
    await tick(crons.cleanUp);
    for (const gone of [path, html_hosted_url]) {
      const { status, body } = await call("GET", gone);
      expect([status, body.code]).toEqual([404, "content_not_found"]);
      expect(body.detail).toContain("has expired");
      expect(body.detail).toContain(new Date().toISOString().slice(0, 10));
    }
  });

  it("of thousands of objects is removed over several runs, each going on where the last one stopped", async () => {
    const batch = await completedBatch(CONTENT_RETENTION_MS + 2000);
    const prefix = batchPrefix(batch.account.id, batch.id);
    const put = (i: number) => env.CONTENT.put(`${prefix}${i}-1/html`, "x");
    await Promise.all(Array.from({ length: 2001 }, (_, i) => put(i)));
    const { bucket, calls } = bucketThat(() => false);
    const within = { ...env, CONTENT: bucket };
    // Two calls of R2 remove a thousand.
    expect(await removeContent(within, Date.now(), 2)).toMatchObject({
      objects: 1000,
      batches: 0,
      isCutShort: true,
    });
    expect(await removeContent(within, Date.now(), 2)).toMatchObject({
      objects: 1000,
      isCutShort: true,
    });
    expect((await batch.read()).contentRemovedAt).toBeNull();
    expect(await removeContent(within)).toEqual({
      objects: 1,
      batches: 1,
      failed: 0,
      isCutShort: false,
    });
    expect(await objectsOf(batch)).toEqual([]);
    expect((await batch.read()).contentRemovedAt).not.toBeNull();
    expect(calls).toEqual({ list: 3, delete: 3 });
  });

  it("is removed once by two runs at the same time, and by one run after another", async () => {
    const due = await Promise.all(
      Array.from({ length: 5 }, () => completedBatch(CONTENT_RETENTION_MS + 3000)),
    );
    const first = Date.now();
    await Promise.all([removeContent(env, first), removeContent(env, first)]);
    await removeContent(env, first + hour);
    for (const batch of due) {
      expect(await objectsOf(batch)).toEqual([]);
      expect((await batch.read()).contentRemovedAt).toBe(first);
    }
  });

  it("of one batch that cannot be removed does not hold up the others, and is tried again", async () => {
    const due = await Promise.all(
      Array.from({ length: 3 }, () => completedBatch(CONTENT_RETENTION_MS + 4000)),
    );
    const [stuck, ...others] = due.sort((a, b) => a.id.localeCompare(b.id)) as [
      SettledBatch,
      ...SettledBatch[],
    ];
    const { bucket } = bucketThat((call, key) => call === "delete" && key.includes(stuck.id));
    const failing = { ...env, CONTENT: bucket };
    expect(await removeContent(failing)).toMatchObject({ batches: 2, failed: 1 });
    expect((await stuck.read()).contentRemovedAt).toBeNull();
    for (const batch of others) expect((await batch.read()).contentRemovedAt).not.toBeNull();
    expect(await removeContent(env)).toMatchObject({ batches: 1, failed: 0 });
  });

  it("is left alone for the time being when R2 fails again and again", async () => {
    await Promise.all(Array.from({ length: 30 }, () => completedBatch(CONTENT_RETENTION_MS + 5000)));
    const { bucket, calls } = bucketThat(() => true);
    const result = await removeContent({ ...env, CONTENT: bucket });
    expect(result).toMatchObject({ batches: 0, objects: 0, isCutShort: true });
    // 20, and those that were on their way.
    expect(result.failed).toBeGreaterThanOrEqual(20);
    expect(calls.list).toBe(result.failed);
    expect(result.failed).toBeLessThan(26);
    expect(await removeContent(env)).toMatchObject({ batches: 30, failed: 0 });
  });

  it("of more batches than are read at a time is removed in one run", async () => {
    const due = await Promise.all(
      Array.from({ length: 100 }, () => completedBatch(CONTENT_RETENTION_MS + 6000)),
    );
    expect(await removeContent(env)).toMatchObject({
      batches: due.length,
      objects: due.length,
    });
  });

  it("costs a call for a batch that has none, and is looked for in several batches at once, but not after its time", async () => {
    const completedAt = Date.now() - CONTENT_RETENTION_MS - 6500;
    const due = await Promise.all(
      Array.from({ length: 12 }, () =>
        settledBatch({ status: "completed", completedAt, creditsConsumed: 0 }),
      ),
    );
    const now = Date.now();
    expect(await removeExpiredContent(env, now, now)).toMatchObject({ batches: 0, isCutShort: true });
    let running = 0;
    const most = { running: 0 };
    const bucket = {
      list: async (options: R2ListOptions) => {
        running += 1;
        most.running = Math.max(most.running, running);
        const listed = await env.CONTENT.list(options);
        running -= 1;
        return listed;
      },
    };
    const within = { ...env, CONTENT: bucket as never };
    expect(await removeContent(within, now, due.length)).toMatchObject({ batches: due.length, objects: 0 });
    expect(most.running).toBe(6);
  });
});

describe("rows", () => {
  /** A batch that completed so many ms ago and whose webhook was sent; its content has been removed, unless said. */
  async function oldBatch(agoMs: number, contentRemovedAt: number | null = 1): Promise<SettledBatch> {
    const completedAt = Date.now() - agoMs;
    const webhook = "https://example.com/hook";
    const batch = await settledBatch({
      status: "completed",
      completedAt,
      creditsConsumed: 1,
      contentRemovedAt,
      webhook,
    });
    await recordDelivery(database(env.DB), attemptOf(batch), completedAt, completedAt);
    return batch;
  }

  const attemptOf = ({ id }: SettledBatch) => ({
    id: crypto.randomUUID(),
    batchId: id,
    attempt: "1/5",
    startedAt: 1,
    durationMs: 1,
    delivered: true,
    httpStatus: 200,
    errorCode: null,
    errorMessage: null,
  });

  const rowsOf = ({ id }: SettledBatch) =>
    env.DB.prepare(
      `SELECT (SELECT COUNT(*) FROM batches WHERE id = ?1) AS batches,
        (SELECT COUNT(*) FROM items WHERE batch_id = ?1) AS items,
        (SELECT COUNT(*) FROM webhook_deliveries WHERE batch_id = ?1) AS deliveries`,
    )
      .bind(id)
      .first();

  const kept = { batches: 1, items: 2, deliveries: 1 };
  const gone = { batches: 0, items: 0, deliveries: 0 };

  it("go when their batch completed long enough ago and has no content any more; it is a 404 then", async () => {
    const due = await oldBatch(BATCH_RETENTION_MS + 1000);
    const young = await oldBatch(BATCH_RETENTION_MS - hour);
    const withContent = await oldBatch(BATCH_RETENTION_MS + 1000, null);
    await tick(crons.cleanUp, { CONTENT: bucketThat(() => true).bucket });
    expect(await rowsOf(due)).toEqual(gone);
    expect(await rowsOf(young)).toEqual(kept);
    expect(await rowsOf(withContent)).toEqual(kept);
    const call = callWith({ Authorization: `Bearer ${due.key}` });
    for (const path of ["", "/items", "/webhook_deliveries"]) {
      expect((await call("GET", `/v1/batches/${due.id}${path}`)).status).toBe(404);
    }
    // Its content goes first, then its rows: all in one run.
    await tick(crons.cleanUp);
    expect(await rowsOf(withContent)).toEqual(gone);
  });

  it("go in bounded steps, items and deliveries first, over as many runs as it takes", async () => {
    const due = await oldBatch(BATCH_RETENTION_MS + 1000);
    const run = () => removeExpiredRows(env, Date.now(), Date.now() + hour, { steps: 1, rows: 1 });
    expect(await run()).toEqual({ batches: 0, items: 1, deliveries: 1, isCutShort: true });
    expect(await rowsOf(due)).toEqual({ batches: 1, items: 1, deliveries: 0 });
    expect(await run()).toEqual({ batches: 1, items: 1, deliveries: 0, isCutShort: true });
    expect(await run()).toEqual({ ...gone, isCutShort: false });
    expect(await removeExpiredRows(env, Date.now(), Date.now())).toEqual({ ...gone, isCutShort: true });
  });

  it("go once when two runs remove them at the same time", async () => {
    const due = await Promise.all(Array.from({ length: 7 }, () => oldBatch(BATCH_RETENTION_MS + 1000)));
    const run = () => removeExpiredRows(env, Date.now(), Date.now() + hour, { rows: 3 });
    const [one, other] = await Promise.all([run(), run()]);
    expect([one.batches + other.batches, one.items + other.items, one.deliveries + other.deliveries]).toEqual(
      [7, 14, 7],
    );
    for (const batch of due) expect(await rowsOf(batch)).toEqual(gone);
  });

  it("do not come back with an attempt of the webhook that is recorded late", async () => {
    const due = await oldBatch(BATCH_RETENTION_MS + 1000);
    await removeExpiredRows(env, Date.now(), Date.now() + hour);
    await recordDelivery(database(env.DB), attemptOf(due), null, Date.now());
    expect(await rowsOf(due)).toEqual(gone);
  });
});

describe("idempotency keys", () => {
  it("are removed when they have expired, and not before, also while R2 fails", async () => {
    const { account } = await completedBatch(CONTENT_RETENTION_MS + 7000);
    const now = Date.now();
    const row = {
      accountId: account.id,
      bodyHash: "",
      batchId: "batch_x",
      lockedUntil: null,
      response: "{}",
    };
    const db = database(env.DB);
    await db
      .insert(idempotencyKeys)
      .values({ ...row, key: "expired", createdAt: now - IDEMPOTENCY_TTL_MS - 1000 });
    await db
      .insert(idempotencyKeys)
      .values({ ...row, key: "in use", createdAt: now - IDEMPOTENCY_TTL_MS + hour });
    await tick(crons.cleanUp, { CONTENT: bucketThat(() => true).bucket });
    const left = await db.select({ key: idempotencyKeys.key }).from(idempotencyKeys);
    expect(left).toEqual([{ key: "in use" }]);
  });
});

describe("the schedule", () => {
  it("cleans up hourly, not each minute; what fails in one part is logged and leaves the other to run", async () => {
    const batch = await completedBatch(CONTENT_RETENTION_MS + 8000);
    await tick(crons.wakeBatches);
    expect(await objectsOf(batch)).toHaveLength(1);
    const errors = vi.spyOn(console, "error").mockImplementation(() => {});
    const db = new Proxy(env.DB, {
      get(target, name) {
        if (name !== "prepare") return Reflect.get(target, name);
        return (query: string) => {
          if (query.includes("idempotency_keys")) throw new Error("D1 fails.");
          return target.prepare(query);
        };
      },
    });
    await tick(crons.cleanUp, { DB: db });
    const lines = errors.mock.calls.map(([line]) => JSON.parse(String(line)));
    expect(lines).toMatchObject([{ event: "clean_up.failed", part: "idempotency_keys" }]);
    expect(lines[0].error).toContain("D1 fails.");
    expect(await objectsOf(batch)).toEqual([]);
  });
});
