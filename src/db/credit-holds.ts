/**
 * Credits held while a page is rendered to try a parser on. A hold reserves credits of the account and is a row of its
 * own, so that ending it is safe to repeat: without the row nothing changes. All functions throw what D1 throws.
 */

export interface CreditHold {
  id: string;
  accountId: string;
  credits: number;
  /** Epoch ms. */
  createdAt: number;
}

/** Why credits were not held: the account has only `left`, or as many holds as it can have at once. */
export type HoldRefusal = { left: number } | { holds: number };

/** A hold that is older was abandoned, in ms. Rendering a page takes less, with the wait for a browser. */
const ABANDONED_MS = 3 * 60_000;

/**
 * Holds credits, if the account has that many left that are neither used nor reserved, and fewer than `maxHolds` holds.
 *
 * @returns null if they are held
 */
export async function holdCredits(
  d1: D1Database,
  hold: CreditHold,
  maxHolds: number,
): Promise<HoldRefusal | null> {
  const { id, accountId, credits, createdAt } = hold;
  const since = createdAt - ABANDONED_MS;
  const results = await d1.batch<{ held: number; left: number | null; holds: number }>([
    d1.prepare(insertHold).bind(id, accountId, credits, createdAt, since, maxHolds),
    d1.prepare(reserveHeld).bind(id),
    d1.prepare(readHeld).bind(id, accountId, since),
  ]);
  const row = results.at(-1)?.results[0];
  if (row?.held) return null;
  const { left = 0, holds = 0 } = row ?? {};
  return holds >= maxHolds ? { holds } : { left: left ?? 0 };
}

/**
 * Ends a hold. If `isOwed` its credits are used, else they are free again. Safe to repeat.
 *
 * @param d1 from `repeatable`
 */
export async function endHold(d1: D1Database, holdId: string, isOwed: boolean): Promise<void> {
  await d1.batch([
    d1.prepare(settleHeld).bind(holdId, isOwed ? 1 : 0),
    d1.prepare("DELETE FROM credit_holds WHERE id = ?1").bind(holdId),
  ]);
}

/**
 * Frees the credits of holds made before `before`, epoch ms. The process that made them died, or could not end them.
 * Safe to repeat.
 *
 * @returns how many holds there were
 */
export async function freeAbandonedHolds(d1: D1Database, before: number): Promise<number> {
  const results = await d1.batch([
    d1.prepare(freeHeld).bind(before),
    d1.prepare("DELETE FROM credit_holds WHERE created_at < ?1").bind(before),
  ]);
  return results.at(-1)?.meta.changes ?? 0;
}

const insertHold = `
  INSERT INTO credit_holds (id, account_id, credits, created_at)
  SELECT ?1, id, ?3, ?4 FROM accounts
  WHERE id = ?2 AND (credit_limit IS NULL OR credit_limit - credits_used - credits_reserved >= ?3)
    AND (SELECT COUNT(*) FROM credit_holds WHERE account_id = ?2 AND created_at > ?5) < ?6`;

const reserveHeld = `
  UPDATE accounts SET credits_reserved = credits_reserved + hold.credits
  FROM (SELECT account_id, credits FROM credit_holds WHERE id = ?1) AS hold
  WHERE accounts.id = hold.account_id`;

const readHeld = `
  SELECT EXISTS (SELECT 1 FROM credit_holds WHERE id = ?1) AS held,
    credit_limit - credits_used - credits_reserved AS left,
    (SELECT COUNT(*) FROM credit_holds WHERE account_id = ?2 AND created_at > ?3) AS holds
  FROM accounts WHERE id = ?2`;

const settleHeld = `
  UPDATE accounts SET credits_reserved = credits_reserved - hold.credits, credits_used = credits_used + hold.credits * ?2
  FROM (SELECT account_id, credits FROM credit_holds WHERE id = ?1) AS hold
  WHERE accounts.id = hold.account_id`;

const freeHeld = `
  UPDATE accounts SET credits_reserved = credits_reserved - hold.credits
  FROM (SELECT account_id, SUM(credits) AS credits FROM credit_holds WHERE created_at < ?1 GROUP BY account_id) AS hold
  WHERE accounts.id = hold.account_id`;
