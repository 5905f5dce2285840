/** Writing results to D1 stays fast however large the batch is. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { issueKey } from "../../src/account/issue-key.ts";
import { readBatch, readItems, writeResults } from "../../src/db/batch-progress.ts";
import { database } from "../../src/db/client.ts";
import { batches } from "../../src/db/schema.ts";

/** Ten thousand items, as accepted. */
const fillBatch = `
  WITH RECURSIVE place(idx) AS (SELECT 0 UNION ALL SELECT idx + 1 FROM place WHERE idx < 9999)
  INSERT INTO items (batch_id, idx, custom_id, url, status)
  SELECT ?, idx, 'item-' || idx, 'https://example.com/' || idx, 'pending' FROM place`;

/** A batch of 10,000 items in D1, without a tracker. */
async function largeBatch() {
  const db = database(env.DB);
  const { account } = await issueKey(db, "large batches");
  const row = {
    id: "batch_large",
    accountId: account.id,
    eventId: "event_large",
    createdAt: 1,
    updatedAt: 1,
  };
  const terms = { status: "in_progress" as const, totalUrls: 10_000, creditsPerPage: 1, rateUsd: 0.001 };
  await db.insert(batches).values({ ...row, ...terms, metadata: {} });
  await env.DB.prepare(fillBatch).bind(row.id).run();
  const batch = await readBatch(env.DB, row.id);
  if (!batch) throw new Error("The batch is not there.");
  return batch;
}

/** D1, and how many rows its transactions have read. */
function countingDatabase() {
  const count = { rowsRead: 0 };
  const d1 = {
    prepare: (query: string) => env.DB.prepare(query),
    batch: async (statements: D1PreparedStatement[]) => {
      const results = await env.DB.batch(statements);
      for (const { meta } of results) count.rowsRead += meta.rows_read;
      return results;
    },
  };
  return { d1: d1 as D1Database, count };
}

it("reads only the rows of the results that it writes, in a batch of 10,000", async () => {
  const batch = await largeBatch();
  const { d1, count } = countingDatabase();
  const finished = Array.from({ length: 500 }, (_, n) => ({
    idx: 9999 - n,
    seq: n + 1,
    status: "completed" as const,
    attempts: 1,
    finishedAt: 1,
    contentKey: `content/a/b/${n}-1`,
    httpStatus: 200,
    title: `Page ${n}`,
  }));

  const written = await writeResults(d1, batch.id, finished, { completed: 0, failed: 0 }, 0, 2);
  expect(count.rowsRead).toBeGreaterThanOrEqual(500);
  expect(count.rowsRead).toBeLessThan(3000);

  expect(written).toEqual({ completed: 500, failed: 0 });
  const lastTwo = await readItems(env.DB, batch.id, 9498, 2);
  expect(lastTwo).toMatchObject([
    { idx: 9499, status: "pending", seq: null },
    { idx: 9500, status: "completed", seq: 500 },
  ]);
  expect(await readBatch(env.DB, batch.id)).toMatchObject({ completedUrls: 500, failedUrls: 0 });
});
