/** What the clean-up needs of batches, of all accounts. All functions throw what D1 throws. */
import { and, asc, inArray, isNull, lte, sql } from "drizzle-orm";
import type { Database } from "./client.ts";
import { batches } from "./schema.ts";

/** A batch whose content is due to be removed. */
export interface ExpiredBatch {
  id: string;
  accountId: string;
  completedAt: number;
}

/**
 * Batches that completed by `before` and still have their content, those that completed first coming first.
 *
 * @param after goes on behind this one
 */
export async function listExpiredBatches(
  db: Database,
  before: number,
  after: ExpiredBatch | undefined,
  limit: number,
): Promise<ExpiredBatch[]> {
  const rows = await db
    .select({ id: batches.id, accountId: batches.accountId, completedAt: batches.completedAt })
    .from(batches)
    .where(
      and(
        isNull(batches.contentRemovedAt),
        lte(batches.completedAt, before),
        after && sql`(${batches.completedAt}, ${batches.id}) > (${after.completedAt}, ${after.id})`,
      ),
    )
    .orderBy(asc(batches.completedAt), asc(batches.id))
    .limit(limit);
  return rows.map(({ id, accountId, completedAt }) => ({ id, accountId, completedAt: completedAt ?? 0 }));
}

/** Notes that the content of these batches, at most 99, is gone. The first time stands. */
export async function noteContentRemoved(db: Database, ids: string[], now: number): Promise<void> {
  if (ids.length === 0) return;
  await db
    .update(batches)
    .set({ contentRemovedAt: now })
    .where(and(inArray(batches.id, ids), isNull(batches.contentRemovedAt)));
}
