/** Writes an accepted batch: all of it or nothing, and only once. */
import type { BatchRow } from "./batches.ts";
import { database } from "./client.ts";
import { findKey, type IdempotencyRow } from "./idempotency.ts";
import type { Metadata } from "./json-columns.ts";

export interface AcceptedItem {
  customId: string;
  url: string;
  metadata?: Metadata;
}

export interface AcceptedBatch {
  batch: BatchRow;
  items: AcceptedItem[];
  /** Credits to reserve. */
  price: number;
  quota: Quota;
  /** The idempotency key to claim with it, if the request has one. */
  idempotency?: IdempotencyRow;
}

/** What an account can have at most. */
export interface Quota {
  runningBatches: number;
  /** Items of all its batches that have not been removed. */
  storedItems: number;
}

export type WriteOutcome =
  /** The batch is durable, and its credits are reserved. */
  | { outcome: "written" }
  /** Nothing was written: another request has claimed the key. */
  | { outcome: "key_taken"; by: IdempotencyRow }
  /** Nothing was written: the account has only `left` credits. */
  | { outcome: "credits_exhausted"; left: number }
  /** Nothing was written: the account has these already, which leave too little of its quota. */
  | { outcome: "quota_exceeded"; has: Quota };

/** Per parameter. A character has at most three bytes in UTF-8, and D1 accepts bound strings of up to 2,000,000 bytes. */
const MAX_PARAMETER_CHARACTERS = 500_000;

/**
 * Writes a batch, its items, its reservation of credits and its idempotency key in one transaction.
 *
 * Each statement checks that the ones before it had their effect, and has its own effect only once. So nothing is
 * written if credits or the quota are short or the key is taken, two requests at the same time cannot spend the same
 * credits, and after a lost response the same call finds out what happened.
 *
 * @throws what D1 throws
 */
export async function writeAcceptedBatch(d1: D1Database, accepted: AcceptedBatch): Promise<WriteOutcome> {
  const { batch, items, price, quota, idempotency } = accepted;
  const key = idempotency?.key ?? null;
  const results = await d1.batch([
    d1
      .prepare(insertBatch)
      .bind(
        batch.id,
        batch.accountId,
        batch.createdAt,
        batch.totalUrls,
        batch.country,
        batch.renderCountry,
        batch.parserId,
        batch.parserVersion,
        batch.linksOnPage && JSON.stringify(batch.linksOnPage),
        JSON.stringify(batch.metadata),
        batch.webhook,
        batch.eventId,
        batch.creditsPerPage,
        batch.rateUsd,
        price,
        key,
        quota.runningBatches,
        quota.storedItems,
        batch.retryOf,
        batch.webhookEvents && JSON.stringify(batch.webhookEvents),
      ),
    d1.prepare(chargeAccount).bind(price, batch.accountId, batch.id, items.length),
    ...chunks(items).map((rows) => d1.prepare(insertItems).bind(batch.id, batch.accountId, rows)),
    ...(idempotency ? [claimKey(d1, idempotency)] : []),
    d1.prepare(readOutcome).bind(batch.id, batch.accountId),
  ]);
  const row = results.at(-1)?.results[0] as Outcome | undefined;
  if (row?.written) return { outcome: "written" };
  const by = idempotency && (await findKey(database(d1), batch.accountId, idempotency.key));
  if (by) return { outcome: "key_taken", by };
  const { left = 0, ...has } = row ?? { runningBatches: 0, storedItems: 0 };
  if (left !== null && left < price) return { outcome: "credits_exhausted", left };
  return { outcome: "quota_exceeded", has };
}

/** `left` is null if credits are unlimited. */
type Outcome = Quota & { written: number; left: number | null };

/** The items as JSON arrays of rows, each array short enough for one parameter. */
function chunks(items: AcceptedItem[]): string[] {
  const chunks: string[][] = [[]];
  let size = 0;
  for (const [idx, { customId, url, metadata }] of items.entries()) {
    const row = JSON.stringify([idx, customId, url, metadata ? JSON.stringify(metadata) : null]);
    size += row.length + 1;
    if (size > MAX_PARAMETER_CHARACTERS) {
      chunks.push([]);
      size = row.length;
    }
    chunks.at(-1)?.push(row);
  }
  return chunks.map((rows) => `[${rows.join(",")}]`);
}

function claimKey(d1: D1Database, row: IdempotencyRow): D1PreparedStatement {
  const { accountId, key, bodyHash, batchId, createdAt, lockedUntil, response } = row;
  return d1.prepare(insertKey).bind(accountId, key, bodyHash, batchId, createdAt, lockedUntil, response);
}

const insertBatch = `
  INSERT INTO batches (id, account_id, status, created_at, updated_at, total_urls, country, render_country, parser_id,
    parser_version, links_on_page, metadata, webhook, event_id, credits_per_page, rate_usd, retry_of,
    webhook_events)
  SELECT ?1, ?2, 'in_progress', ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?19, ?20
  FROM accounts
  WHERE id = ?2
    AND (credit_limit IS NULL OR credit_limit - credits_used - credits_reserved >= ?15)
    AND NOT EXISTS (SELECT 1 FROM idempotency_keys WHERE account_id = ?2 AND key = ?16)
    AND (SELECT COUNT(*) FROM batches WHERE account_id = ?2 AND status = 'in_progress') < ?17
    AND stored_items + ?4 <= ?18
  ON CONFLICT (id) DO NOTHING`;

/** Runs before the items are written: a batch that has none is one that is not charged to its account yet. */
const chargeAccount = `
  UPDATE accounts SET credits_reserved = credits_reserved + ?1, stored_items = stored_items + ?4
  WHERE id = ?2
    AND EXISTS (SELECT 1 FROM batches WHERE id = ?3 AND account_id = ?2)
    AND NOT EXISTS (SELECT 1 FROM items WHERE batch_id = ?3)`;

const insertItems = `
  INSERT INTO items (batch_id, idx, custom_id, url, metadata, status)
  SELECT ?1, row.value ->> 0, row.value ->> 1, row.value ->> 2, row.value ->> 3, 'pending'
  FROM json_each(?3) AS row
  WHERE EXISTS (SELECT 1 FROM batches WHERE id = ?1 AND account_id = ?2)
  ON CONFLICT DO NOTHING`;

const insertKey = `
  INSERT INTO idempotency_keys (account_id, key, body_hash, batch_id, created_at, locked_until, response)
  SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
  WHERE EXISTS (SELECT 1 FROM batches WHERE id = ?4 AND account_id = ?1)
  ON CONFLICT DO NOTHING`;

const readOutcome = `
  SELECT EXISTS (SELECT 1 FROM batches WHERE id = ?1 AND account_id = ?2) AS written,
    credit_limit - credits_used - credits_reserved AS left,
    (SELECT COUNT(*) FROM batches WHERE account_id = ?2 AND status = 'in_progress') AS runningBatches,
    stored_items AS storedItems
  FROM accounts WHERE id = ?2`;
