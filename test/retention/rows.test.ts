/** Removing expired batches from D1. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { batchPrefix } from "../../src/content/stored-parts.ts";
import { findAccountByName, updateAccount } from "../../src/db/accounts.ts";
import { database } from "../../src/db/client.ts";
import { recordDelivery } from "../../src/db/deliveries.ts";
import { removeExpiredRows } from "../../src/retention/rows.ts";
import { settings } from "../../src/settings.ts";
import { crons } from "../../src/triggers.ts";
import { callWith } from "../api/caller.ts";
import { type SettledBatch, settledBatch } from "../webhook/settled-batch.ts";
import { bucketThat } from "./failing-bucket.ts";
import { runCron } from "./run-cron.ts";

const { BATCH_RETENTION_MS, CANCELLED_RETENTION_MS } = settings(env);
const hour = 60 * 60_000;

describe("rows of an expired batch", () => {
  /** A batch that completed `agoMs` ago and whose webhook was sent. Its content was removed, unless stated otherwise. */
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
    event: "event.batch.completed",
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

  it("are removed once its content was removed; the API then answers 404", async () => {
    const due = await oldBatch(BATCH_RETENTION_MS + 1000);
    const young = await oldBatch(BATCH_RETENTION_MS - hour);
    const withContent = await oldBatch(BATCH_RETENTION_MS + 1000, null);
    await runCron(crons.cleanUp, { CONTENT: bucketThat(() => true).bucket });
    expect(await rowsOf(due)).toEqual(gone);
    expect(await rowsOf(young)).toEqual(kept);
    expect(await rowsOf(withContent)).toEqual(kept);
    const call = callWith({ Authorization: `Bearer ${due.key}` });
    for (const path of ["", "/items", "/webhook_deliveries"]) {
      expect((await call("GET", `/v1/batches/${due.id}${path}`)).status).toBe(404);
    }
    // One run removes first the content, then the rows.
    await runCron(crons.cleanUp);
    expect(await rowsOf(withContent)).toEqual(gone);
  });

  it("are removed after a day, with content that came too late, if it was cancelled before any page succeeded", async () => {
    const cancelled = (agoMs: number, completedUrls: number) =>
      settledBatch({
        status: "completed",
        cancelledAt: 1,
        completedAt: Date.now() - agoMs,
        completedUrls,
        failedUrls: 2 - completedUrls,
        creditsConsumed: completedUrls,
      });
    const due = await cancelled(CANCELLED_RETENTION_MS + 1000, 0);
    const young = await cancelled(CANCELLED_RETENTION_MS - hour, 0);
    const begun = await cancelled(CANCELLED_RETENTION_MS + 1000, 1);
    const late = `${batchPrefix(due.account.id, due.id)}0-1/html`;
    await env.CONTENT.put(late, "x");
    await runCron(crons.cleanUp);
    expect(await rowsOf(due)).toEqual(gone);
    expect(await env.CONTENT.head(late)).toBeNull();
    for (const batch of [young, begun]) expect(await rowsOf(batch)).toMatchObject({ batches: 1, items: 2 });
  });

  it("free their account's quota of stored items", async () => {
    const due = await oldBatch(BATCH_RETENTION_MS + 1000);
    const db = database(env.DB);
    await updateAccount(db, due.account.id, { storedItems: 5 });
    await runCron(crons.cleanUp);
    expect(await rowsOf(due)).toEqual(gone);
    expect(await findAccountByName(db, due.account.name)).toMatchObject({ storedItems: 3 });
  });

  it("are removed in bounded steps over several runs, items and deliveries first", async () => {
    const due = await oldBatch(BATCH_RETENTION_MS + 1000);
    const run = () => removeExpiredRows(env, Date.now(), Date.now() + hour, { steps: 1, rows: 1 });
    expect(await run()).toEqual({ batches: 0, items: 1, deliveries: 1, isCutShort: true });
    expect(await rowsOf(due)).toEqual({ batches: 1, items: 1, deliveries: 0 });
    expect(await run()).toEqual({ batches: 1, items: 1, deliveries: 0, isCutShort: true });
    expect(await run()).toEqual({ ...gone, isCutShort: false });
    expect(await removeExpiredRows(env, Date.now(), Date.now())).toEqual({ ...gone, isCutShort: true });
  });

  it("are removed once by two runs at the same time", async () => {
    const due = await Promise.all(Array.from({ length: 7 }, () => oldBatch(BATCH_RETENTION_MS + 1000)));
    const run = () => removeExpiredRows(env, Date.now(), Date.now() + hour, { rows: 3 });
    const [one, other] = await Promise.all([run(), run()]);
    expect([one.batches + other.batches, one.items + other.items, one.deliveries + other.deliveries]).toEqual(
      [7, 14, 7],
    );
    for (const batch of due) expect(await rowsOf(batch)).toEqual(gone);
  });

  it("do not come back when a webhook attempt is recorded late", async () => {
    const due = await oldBatch(BATCH_RETENTION_MS + 1000);
    await removeExpiredRows(env, Date.now(), Date.now() + hour);
    await recordDelivery(database(env.DB), attemptOf(due), null, Date.now());
    expect(await rowsOf(due)).toEqual(gone);
  });
});
