/** An account's idempotency keys. All functions throw what D1 throws. */
import { and, eq, inArray, lt, sql } from "drizzle-orm";
import type { Database } from "./client.ts";
import { idempotencyKeys } from "./schema.ts";

export type IdempotencyRow = typeof idempotencyKeys.$inferSelect;

const isKey = (accountId: string, key: string) =>
  and(eq(idempotencyKeys.accountId, accountId), eq(idempotencyKeys.key, key));

/** Finds a key. Null if it is not in use. */
export async function findKey(db: Database, accountId: string, key: string): Promise<IdempotencyRow | null> {
  const [row] = await db.select().from(idempotencyKeys).where(isKey(accountId, key));
  return row ?? null;
}

/** Removes an expired key. If it was claimed again since `row` was read, it stays. */
export async function forgetKey(db: Database, row: IdempotencyRow): Promise<void> {
  await db
    .delete(idempotencyKeys)
    .where(and(isKey(row.accountId, row.key), eq(idempotencyKeys.createdAt, row.createdAt)));
}

/**
 * Locks the key until `lockedUntil`, or unlocks it for good with null, once its request was answered.
 *
 * @returns false if another request changed the lock since `row` was read: then this one changes nothing
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
    .where(and(isKey(row.accountId, row.key), eq(idempotencyKeys.lockedUntil, row.lockedUntil)))
    .returning({ key: idempotencyKeys.key });
  return changed.length > 0;
}

/** Removes up to `limit` keys of all accounts that were first used before `before`. Returns how many. */
export async function removeKeysBefore(db: Database, before: number, limit: number): Promise<number> {
  const rowid = sql`${idempotencyKeys}.rowid`;
  const expired = db
    .select({ rowid })
    .from(idempotencyKeys)
    .where(lt(idempotencyKeys.createdAt, before))
    .limit(limit);
  const { meta } = await db.delete(idempotencyKeys).where(inArray(rowid, expired));
  return meta.changes;
}
