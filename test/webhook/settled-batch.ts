/** A batch whose items have all finished, so that its tracker only has to complete it. */
import { env } from "cloudflare:workers";
import { issueKey } from "../../src/account/issue-key.ts";
import { type BatchTracker, batchTracker } from "../../src/batch/tracker.ts";
import type { Account } from "../../src/db/accounts.ts";
import { type BatchRow, findBatch } from "../../src/db/batches.ts";
import { database } from "../../src/db/client.ts";
import { batches, items } from "../../src/db/schema.ts";
import { newId } from "../../src/text/id.ts";

export interface SettledBatch {
  id: string;
  account: Account;
  key: string;
  tracker: DurableObjectStub<BatchTracker>;
  read(): Promise<BatchRow>;
}

/** Inserts a batch with two items, one of which failed. `change` overrides columns. */
export async function settledBatch(change: Partial<BatchRow> = {}): Promise<SettledBatch> {
  const db = database(env.DB);
  const { account, key } = await issueKey(db, crypto.randomUUID());
  const id = newId("batch");
  const now = Date.now();
  await db.insert(batches).values({
    id,
    accountId: account.id,
    status: "in_progress",
    createdAt: now,
    updatedAt: now,
    totalUrls: 2,
    metadata: { order: "7" },
    eventId: newId("event"),
    creditsPerPage: 1,
    rateUsd: 0.001,
    ...change,
  });
  const item = { batchId: id, url: "https://example.com/", attempts: 1, finishedAt: now };
  await db.insert(items).values([
    { ...item, idx: 0, customId: "a", seq: 1, status: "completed", httpStatus: 200 },
    {
      ...item,
      idx: 1,
      customId: "b",
      seq: 2,
      status: "failed",
      errorCode: "http_error",
      errorMessage: "404",
    },
  ]);
  return {
    id,
    account,
    key,
    tracker: batchTracker(env, id),
    async read() {
      const batch = await findBatch(db, account.id, id);
      if (!batch) throw new Error(`There is no batch ${id}.`);
      return batch;
    },
  };
}
