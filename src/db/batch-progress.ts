/**
 * A batch as its tracker reads and writes it. Nothing else writes items' results or a batch's progress.
 *
 * Each function is safe to repeat: it writes absolute values, and only those that are not yet written. All throw what
 * D1 throws.
 */
import { and, asc, eq, exists, gt, sql } from "drizzle-orm";
import type { BatchRow } from "./batches.ts";
import { database } from "./client.ts";
import { tellOfCompletion } from "./json-columns.ts";
import { accounts, batches, items } from "./schema.ts";

/** How an item ended. */
export interface ItemResult {
  idx: number;
  /** Position in the order in which the batch's items finished, from 1. */
  seq: number;
  status: "completed" | "failed";
  attempts: number;
  finishedAt: number;
  httpStatus?: number;
  finalUrl?: string;
  title?: string;
  warnings?: string[];
  errorCode?: string;
  errorMessage?: string;
  contentKey: string | null;
}

export interface FinishedCounts {
  completed: number;
  failed: number;
}

/** Far below the 2,000,000 bytes that D1 takes in one bound string (developers.cloudflare.com/d1/platform/limits). */
const MAX_PARAMETER_CHARACTERS = 400_000;

/** The batch's row, or null if there is none. */
export async function readBatch(d1: D1Database, batchId: string): Promise<BatchRow | null> {
  const [row] = await database(d1).select().from(batches).where(eq(batches.id, batchId));
  return row ?? null;
}

/** Up to `limit` items of the batch that come after position `after`. */
export async function readItems(d1: D1Database, batchId: string, after: number, limit: number) {
  const { idx, url, status, seq, attempts } = items;
  return database(d1)
    .select({ idx, url, status, seq, attempts })
    .from(items)
    .where(and(eq(items.batchId, batchId), gt(idx, after)))
    .orderBy(asc(idx))
    .limit(limit);
}

/**
 * Writes results and the progress they make, in one transaction. If it takes effect late, after a newer one, progress
 * does not go back.
 *
 * @param results in order of `seq`, following on `before`
 * @param before counts of the items written before these
 * @param retried renderings so far that were repeats
 * @returns the counts of items written so far. They fall short of `results` if those do not fit into one statement
 */
export async function writeResults(
  d1: D1Database,
  batchId: string,
  results: ItemResult[],
  before: FinishedCounts,
  retried: number,
  now: number,
): Promise<FinishedCounts> {
  const rows: string[] = [];
  const counts = { ...before };
  let size = 0;
  for (const result of results) {
    const row = JSON.stringify(columnsOf(result));
    size += row.length;
    if (rows.length > 0 && size > MAX_PARAMETER_CHARACTERS) break;
    rows.push(row);
    counts[result.status] += 1;
  }
  await d1.batch([
    d1.prepare(updateItems).bind(`[${rows.join(",")}]`, batchId),
    d1.prepare(updateProgress).bind(counts.completed, counts.failed, retried, now, batchId),
  ]);
  return counts;
}

/**
 * Marks the batch completed and settles its credits, in one transaction: those it used are charged, and the rest of its
 * reservation is released. Only the first call for a batch changes anything.
 *
 * @returns the batch's row as it is then, or null if the batch was deleted
 */
export async function completeBatch(
  d1: D1Database,
  batch: BatchRow,
  { completed, failed, retried }: FinishedCounts & { retried: number },
  completedAt: number,
): Promise<BatchRow | null> {
  const db = database(d1);
  const consumed = completed * batch.creditsPerPage;
  const reserved = batch.totalUrls * batch.creditsPerPage;
  const isRunning = and(eq(batches.id, batch.id), eq(batches.status, "in_progress"));
  const [, , [row]] = await db.batch([
    db
      .update(accounts)
      .set({
        creditsUsed: sql`${accounts.creditsUsed} + ${consumed}`,
        creditsReserved: sql`${accounts.creditsReserved} - ${reserved}`,
      })
      .where(
        and(
          eq(accounts.id, batch.accountId),
          exists(db.select({ one: sql`1` }).from(batches).where(isRunning)),
        ),
      ),
    db
      .update(batches)
      .set({
        status: "completed",
        completedAt,
        completedUrls: completed,
        failedUrls: failed,
        numberRetried: retried,
        creditsConsumed: consumed,
        // Without a completion event, there is nothing for the sweep to continue.
        webhookEndedAt: tellOfCompletion(batch.webhookEvents) ? null : completedAt,
        failures: failed > 0 ? countFailures(batch.id) : null,
        updatedAt: completedAt,
      })
      .where(isRunning),
    db.select().from(batches).where(eq(batches.id, batch.id)),
  ]);
  return row ?? null;
}

/** The batch's failed items by code, as a JSON object. */
function countFailures(batchId: string) {
  return sql<Record<string, number>>`(
    SELECT json_group_object(code, failed) FROM (
      SELECT ${items.errorCode} AS code, COUNT(*) AS failed FROM ${items}
      WHERE ${items.batchId} = ${batchId} AND ${items.status} = 'failed' GROUP BY ${items.errorCode}
    )
  )`;
}

/** Notes that the tracker is alive, so that the sweep for quiet batches leaves it alone. */
export async function touchBatch(d1: D1Database, batchId: string, now: number): Promise<void> {
  await database(d1).update(batches).set({ updatedAt: now }).where(eq(batches.id, batchId));
}

function columnsOf(result: ItemResult) {
  const { idx, seq, status, attempts, finishedAt, httpStatus, finalUrl, title } = result;
  const { errorCode, errorMessage, contentKey, warnings } = result;
  return [
    ...[idx, seq, status, attempts, finishedAt, httpStatus, finalUrl, title],
    ...[errorCode, errorMessage, contentKey, warnings],
  ];
}

// MATERIALIZED: joined with json_each itself, SQLite would parse the parameter again for each item of the batch. That
// takes seconds for a batch of thousands, and blocks everyone else's access to the database.
const updateItems = `
  WITH finished AS MATERIALIZED (
    SELECT value ->> 0 AS idx, value ->> 1 AS seq, value ->> 2 AS status, value ->> 3 AS attempts,
      value ->> 4 AS finished_at, value ->> 5 AS http_status, value ->> 6 AS final_url, value ->> 7 AS title,
      value ->> 8 AS error_code, value ->> 9 AS error_message, value ->> 10 AS content_key,
      value -> 11 AS warnings
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
    content_key = finished.content_key,
    warnings = NULLIF(finished.warnings, 'null')
  FROM finished
  WHERE items.batch_id = ?2 AND items.idx = finished.idx AND items.seq IS NULL`;

const updateProgress = `
  UPDATE batches SET completed_urls = ?1, failed_urls = ?2, number_retried = ?3, updated_at = ?4
  WHERE id = ?5 AND status = 'in_progress' AND completed_urls + failed_urls <= ?1 + ?2`;
