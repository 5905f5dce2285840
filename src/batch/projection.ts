/**
 * The tracker's side of D1: reads a batch as it was accepted, writes what became of it.
 *
 * Nothing else writes items' results or a batch's progress. Each function may be repeated: it writes absolute values,
 * and only where they are not yet written. All throw what D1 throws.
 */
import { and, asc, eq, gt } from "drizzle-orm";
import { contentKey } from "../content/parts.ts";
import { database } from "../db/client.ts";
import { batches, items } from "../db/schema.ts";
import type { Counts, FinishedItem, LedgerItem } from "./ledger.ts";

/** What the tracker knows of its batch besides the items: its row as it was accepted. */
export type BatchFacts = typeof batches.$inferSelect;

/** Far below the 2,000,000 bytes that D1 takes in one bound string (developers.cloudflare.com/d1/platform/limits). */
const MAX_PARAMETER_CHARACTERS = 400_000;

/** The batch's row, or null if there is none. */
export async function readBatch(d1: D1Database, batchId: string): Promise<BatchFacts | null> {
  const [row] = await database(d1).select().from(batches).where(eq(batches.id, batchId));
  return row ?? null;
}

/** Up to `limit` items that come after place `after` in the request. */
export async function readItems(
  d1: D1Database,
  batchId: string,
  after: number,
  limit: number,
): Promise<LedgerItem[]> {
  const rows = await database(d1)
    .select({
      idx: items.idx,
      url: items.url,
      status: items.status,
      seq: items.seq,
      attempts: items.attempts,
    })
    .from(items)
    .where(and(eq(items.batchId, batchId), gt(items.idx, after)))
    .orderBy(asc(items.idx))
    .limit(limit);
  return rows.map(({ idx, url, status, seq, attempts }) =>
    status === "pending" || seq === null ? { idx, url } : { idx, url, ended: { seq, status, attempts } },
  );
}

/**
 * Writes finished items and the progress they make, in one transaction of two statements. Should it land late, after
 * one that came later, then progress does not go back.
 *
 * @param finished in order of `seq`, following on what was projected before
 * @param before what was projected before
 * @returns the last `seq` written: not the last given when the items are too long for one statement
 */
export async function projectItems(
  d1: D1Database,
  batch: BatchFacts,
  finished: FinishedItem[],
  before: Pick<Counts, "completed" | "failed">,
  retried: number,
  now: number,
): Promise<number> {
  const rows: string[] = [];
  const counts = { ...before };
  let size = 0;
  for (const item of finished) {
    const row = JSON.stringify(columnsOf(batch, item));
    size += row.length;
    if (rows.length > 0 && size > MAX_PARAMETER_CHARACTERS) break;
    rows.push(row);
    counts[item.status] += 1;
  }
  await d1.batch([
    d1.prepare(writeItems).bind(`[${rows.join(",")}]`, batch.id),
    d1.prepare(writeProgress).bind(counts.completed, counts.failed, retried, now, batch.id),
  ]);
  return before.completed + before.failed + rows.length;
}

/**
 * Marks the batch completed and settles its credits, in one transaction: what it used is booked, the rest of what was
 * reserved is freed. Only the first call for a batch changes anything.
 */
export async function completeBatch(
  d1: D1Database,
  batch: BatchFacts,
  counts: Counts,
  completedAt: number,
): Promise<void> {
  const consumed = counts.completed * batch.creditsPerPage;
  const reserved = batch.totalUrls * batch.creditsPerPage;
  await d1.batch([
    d1.prepare(settleCredits).bind(consumed, reserved, batch.accountId, batch.id),
    d1
      .prepare(writeCompletion)
      .bind(completedAt, counts.completed, counts.failed, counts.retried, consumed, completedAt, batch.id),
  ]);
}

/** Says that the tracker is alive, so that the sweep for quiet batches leaves it alone. */
export async function touchBatch(d1: D1Database, batchId: string, now: number): Promise<void> {
  await database(d1).update(batches).set({ updatedAt: now }).where(eq(batches.id, batchId));
}

function columnsOf(batch: BatchFacts, item: FinishedItem) {
  const { idx, seq, status, attempts, finishedAt, httpStatus, finalUrl, title, errorCode, errorMessage } =
    item;
  const key =
    item.contentRendering === null ? null : contentKey(batch.accountId, batch.id, idx, item.contentRendering);
  return [idx, seq, status, attempts, finishedAt, httpStatus, finalUrl, title, errorCode, errorMessage, key];
}

// MATERIALIZED: joined with json_each itself, SQLite parses the parameter anew for each item of the batch, which takes
// seconds for a batch of thousands, and nobody else gets at the database meanwhile.
const writeItems = `
  WITH finished AS MATERIALIZED (
    SELECT value ->> 0 AS idx, value ->> 1 AS seq, value ->> 2 AS status, value ->> 3 AS attempts,
      value ->> 4 AS finished_at, value ->> 5 AS http_status, value ->> 6 AS final_url, value ->> 7 AS title,
      value ->> 8 AS error_code, value ->> 9 AS error_message, value ->> 10 AS content_key
    FROM json_each(?1)
  )
  UPDATE items SET
    seq = finished.seq,
    status = finished.status,
    attempts = finished.attempts,
    finished_at = finished.finished_at,
    http_status = finished.http_status,
    final_url = finished.final_url,
    title = finished.title,
    error_code = finished.error_code,
    error_message = finished.error_message,
    content_key = finished.content_key
  FROM finished
  WHERE items.batch_id = ?2 AND items.idx = finished.idx AND items.seq IS NULL`;

const writeProgress = `
  UPDATE batches SET completed_urls = ?1, failed_urls = ?2, number_retried = ?3, updated_at = ?4
  WHERE id = ?5 AND status = 'in_progress' AND completed_urls + failed_urls <= ?1 + ?2`;

const settleCredits = `
  UPDATE accounts SET credits_used = credits_used + ?1, credits_reserved = credits_reserved - ?2
  WHERE id = ?3 AND EXISTS (SELECT 1 FROM batches WHERE id = ?4 AND status = 'in_progress')`;

const writeCompletion = `
  UPDATE batches SET status = 'completed', completed_at = ?1, completed_urls = ?2, failed_urls = ?3,
    number_retried = ?4, credits_consumed = ?5, updated_at = ?6
  WHERE id = ?7 AND status = 'in_progress'`;
