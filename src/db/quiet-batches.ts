/**
 * Batches of all accounts whose tracker has not written to D1 for longer than it should. All functions throw what D1
 * throws.
 */
import { asc, inArray, lt, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "./client.ts";
import { batches } from "./schema.ts";

// Literals, not parameters, so that SQLite can use the partial indexes on these conditions.
const isRunning = sql`${batches.status} = 'in_progress'`;
const isUndelivered = sql`${batches.status} = 'completed' AND ${batches.webhook} IS NOT NULL AND ${batches.webhookEndedAt} IS NULL`;

/** Nothing has written to the row since it was inserted. A tracker does so as soon as it starts. */
const isUnstarted = sql`${batches.updatedAt} = ${batches.createdAt}`;

/**
 * Marks running batches as updated now, the quietest first, and returns their ids: those not updated since
 * `quietBefore`, and those accepted before `unstartedBefore` that were never started.
 */
export async function markQuietBatches(
  db: Database,
  { quietBefore, unstartedBefore }: { quietBefore: number; unstartedBefore: number },
  now: number,
  limit: number,
) {
  const isOverdue = or(lt(batches.updatedAt, quietBefore), isUnstarted);
  return markUpdated(db, sql`${isRunning} AND ${isOverdue}`, unstartedBefore, now, limit);
}

/** The same for completed batches whose webhook is still to be delivered. */
export async function markUndeliveredBatches(db: Database, before: number, now: number, limit: number) {
  return markUpdated(db, isUndelivered, before, now, limit);
}

async function markUpdated(
  db: Database,
  which: SQL,
  before: number,
  now: number,
  limit: number,
): Promise<string[]> {
  const quiet = db
    .select({ id: batches.id })
    .from(batches)
    .where(sql`${which} AND ${lt(batches.updatedAt, before)}`)
    .orderBy(asc(batches.updatedAt))
    .limit(limit);
  const marked = await db
    .update(batches)
    .set({ updatedAt: now })
    .where(inArray(batches.id, quiet))
    .returning({ id: batches.id });
  return marked.map(({ id }) => id);
}
