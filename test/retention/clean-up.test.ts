/** The hourly clean-up, on the real R2 and D1 of this machine. */
import { createExecutionContext, createScheduledController, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { retrieveId } from "../../src/batch/id.ts";
import { database } from "../../src/db/client.ts";
import { idempotencyKeys } from "../../src/db/schema.ts";
import { type Env, settings } from "../../src/env.ts";
import worker from "../../src/index.ts";
import { batchPrefix, contentKey, putPart } from "../../src/render/content.ts";
import { removeExpiredContent } from "../../src/retention/content.ts";
import { callWith } from "../api/caller.ts";
import { type SettledBatch, settledBatch } from "../webhook/settled-batch.ts";

const { CONTENT_RETENTION_MS, IDEMPOTENCY_TTL_MS } = settings(env);
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
    await tick("17 * * * *");
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
    await tick("17 * * * *");
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
    expect(await removeExpiredContent(within, Date.now(), 2)).toMatchObject({
      objects: 1000,
      batches: 0,
      isCutShort: true,
    });
    expect(await removeExpiredContent(within, Date.now(), 2)).toMatchObject({
      objects: 1000,
      isCutShort: true,
    });
    expect((await batch.read()).contentRemovedAt).toBeNull();
    expect(await removeExpiredContent(within, Date.now())).toEqual({
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
    await Promise.all([removeExpiredContent(env, first), removeExpiredContent(env, first)]);
    await removeExpiredContent(env, first + hour);
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
    expect(await removeExpiredContent(failing, Date.now())).toMatchObject({ batches: 2, failed: 1 });
    expect((await stuck.read()).contentRemovedAt).toBeNull();
    for (const batch of others) expect((await batch.read()).contentRemovedAt).not.toBeNull();
    expect(await removeExpiredContent(env, Date.now())).toMatchObject({ batches: 1, failed: 0 });
  });

  it("is left alone for the time being when R2 fails again and again", async () => {
    await Promise.all(Array.from({ length: 30 }, () => completedBatch(CONTENT_RETENTION_MS + 5000)));
    const { bucket, calls } = bucketThat(() => true);
    const result = await removeExpiredContent({ ...env, CONTENT: bucket }, Date.now());
    expect(result).toEqual({ batches: 0, objects: 0, failed: 20, isCutShort: true });
    expect(calls.list).toBe(20);
    expect(await removeExpiredContent(env, Date.now())).toMatchObject({ batches: 30, failed: 0 });
  });

  it("of more batches than are read at a time is removed in one run", async () => {
    const due = await Promise.all(
      Array.from({ length: 51 }, () => completedBatch(CONTENT_RETENTION_MS + 6000)),
    );
    expect(await removeExpiredContent(env, Date.now())).toMatchObject({
      batches: due.length,
      objects: due.length,
    });
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
    await tick("17 * * * *", { CONTENT: bucketThat(() => true).bucket });
    const left = await db.select({ key: idempotencyKeys.key }).from(idempotencyKeys);
    expect(left).toEqual([{ key: "in use" }]);
  });
});

describe("the schedule", () => {
  it("cleans up hourly, not each minute; what fails in one part is logged and leaves the other to run", async () => {
    const batch = await completedBatch(CONTENT_RETENTION_MS + 8000);
    await tick("* * * * *");
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
    await tick("17 * * * *", { DB: db });
    const lines = errors.mock.calls.map(([line]) => JSON.parse(String(line)));
    expect(lines).toMatchObject([{ event: "clean_up.failed", part: "idempotency_keys" }]);
    expect(lines[0].error).toContain("D1 fails.");
    expect(await objectsOf(batch)).toEqual([]);
  });
});
