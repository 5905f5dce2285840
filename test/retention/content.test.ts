/** Removing expired page content, with the local R2 and D1. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { retrieveId } from "../../src/batch/retrieve-id.ts";
import { batchPrefix, contentKey, putPart } from "../../src/content/stored-parts.ts";
import { removeExpiredContent } from "../../src/retention/content.ts";
import { type Env, settings } from "../../src/settings.ts";
import { crons } from "../../src/triggers.ts";
import { callWith } from "../api/caller.ts";
import { type SettledBatch, settledBatch } from "../webhook/settled-batch.ts";
import { completedBatch, objectsOf } from "./completed-batch.ts";
import { bucketThat } from "./failing-bucket.ts";
import { runCron } from "./run-cron.ts";

const { CONTENT_RETENTION_MS } = settings(env);
const hour = 60 * 60_000;

const removeContent = (within: Env, now = Date.now(), maxCalls?: number) =>
  removeExpiredContent(within, now, Date.now() + hour, maxCalls);

describe("expired page content", () => {
  it("is removed together with late renderings; newer content and that of running batches is kept", async () => {
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
    await runCron(crons.cleanUp);
    expect(await objectsOf(due)).toEqual([]);
    expect((await due.read()).contentRemovedAt).toBeGreaterThanOrEqual(before);
    expect(await objectsOf(young)).toHaveLength(1);
    expect((await young.read()).contentRemovedAt).toBeNull();
    expect(await objectsOf(running)).toEqual([`${runningKey}/html`]);
  });

  it("is answered with a 404 that says when it expired", async () => {
    const batch = await completedBatch(CONTENT_RETENTION_MS + 1000);
    const call = callWith({ Authorization: `Bearer ${batch.key}` });
    const path = `/v1/retrieve?retrieve_id=${retrieveId(batch.id, 0)}&formats=html`;
    const { html_content, html_hosted_url } = (await call("GET", path)).body;
    expect(html_content).toBe("<p>Kept.</p>");
    await runCron(crons.cleanUp);
    for (const gone of [path, html_hosted_url]) {
      const { status, body } = await call("GET", gone);
      expect([status, body.code]).toEqual([404, "content_not_found"]);
      expect(body.detail).toContain("has expired");
      expect(body.detail).toContain(new Date().toISOString().slice(0, 10));
    }
  });

  it("is removed over several runs if there are thousands of objects", async () => {
    const batch = await completedBatch(CONTENT_RETENTION_MS + 2000);
    const prefix = batchPrefix(batch.account.id, batch.id);
    const put = (i: number) => env.CONTENT.put(`${prefix}${i}-1/html`, "x");
    await Promise.all(Array.from({ length: 2001 }, (_, i) => put(i)));
    const { bucket, calls } = bucketThat(() => false);
    const within = { ...env, CONTENT: bucket };
    // Two calls to R2 remove 1,000 objects.
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

  it("is removed once, by runs at the same time or one after another", async () => {
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

  it("that cannot be removed does not delay other batches, and is removed by a later run", async () => {
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

  it("is left to the next run if R2 keeps failing", async () => {
    await Promise.all(Array.from({ length: 30 }, () => completedBatch(CONTENT_RETENTION_MS + 5000)));
    const { bucket, calls } = bucketThat(() => true);
    const result = await removeContent({ ...env, CONTENT: bucket });
    expect(result).toMatchObject({ batches: 0, objects: 0, isCutShort: true });
    // 20, and the calls that were already on their way.
    expect(result.failed).toBeGreaterThanOrEqual(20);
    expect(calls.list).toBe(result.failed);
    expect(result.failed).toBeLessThan(26);
    expect(await removeContent(env)).toMatchObject({ batches: 30, failed: 0 });
  });

  it("is removed in one run even if there are more batches than one read returns", async () => {
    const due = await Promise.all(
      Array.from({ length: 100 }, () => completedBatch(CONTENT_RETENTION_MS + 6000)),
    );
    expect(await removeContent(env)).toMatchObject({
      batches: due.length,
      objects: due.length,
    });
  });

  it("is looked for in six batches at the same time, with one call per empty batch, and not after the run has ended", async () => {
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
