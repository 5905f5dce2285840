/** Idempotency keys of an account. All functions throw what D1 throws. */
import { and, eq, inArray, lt, sql } from "drizzle-orm";
import type { Database } from "./client.ts";
import { idempotencyKeys } from "./schema.ts";

export type IdempotencyRow = typeof idempotencyKeys.$inferSelect;

const named = (accountId: string, key: string) =>
  and(eq(idempotencyKeys.accountId, accountId), eq(idempotencyKeys.key, key));

/** What is known of a key. Null if it is not in use. */
export async function findKey(db: Database, accountId: string, key: string): Promise<IdempotencyRow | null> {
  const [row] = await db.select().from(idempotencyKeys).where(named(accountId, key));
  return row ?? null;
}

/** Forgets a key that is past its time. One that was used anew meanwhile stays. */
export async function forgetKey(db: Database, row: IdempotencyRow): Promise<void> {
  await db
    .delete(idempotencyKeys)
    .where(and(named(row.accountId, row.key), eq(idempotencyKeys.createdAt, row.createdAt)));
}

/**
 * Sets until when a request holds the key, or null when it was answered. Only if nobody else has done so since `row`
 * was read; answers whether.
 */
export async function setLock(
  db: Database,
  row: IdempotencyRow,
  lockedUntil: number | null,
): Promise<boolean> {
  if (row.lockedUntil === null) return false;
  const changed = await db
    .update(idempotencyKeys)
    .set({ lockedUntil })
    .where(and(named(row.accountId, row.key), eq(idempotencyKeys.lockedUntil, row.lockedUntil)))
    .returning({ key: idempotencyKeys.key });
  return changed.length > 0;
}

/** Removes up to `limit` keys, of all accounts, that were first used before `before`. Answers how many. */
export async function removeKeysBefore(db: Database, before: number, limit: number): Promise<number> {
  const rowid = sql`${idempotencyKeys}.rowid`;
  const expired = db
    .select({ rowid })
    .from(idempotencyKeys)
    .where(lt(idempotencyKeys.createdAt, before))
    .limit(limit);
  const removed = await db
    .delete(idempotencyKeys)
    .where(inArray(rowid, expired))
    .returning({ key: idempotencyKeys.key });
  return removed.length;
}
