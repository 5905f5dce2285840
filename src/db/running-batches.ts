/** Counts running batches. All functions read only indexes of running batches, and throw what D1 throws. */
import { and, count, eq, sql } from "drizzle-orm";
import type { Database } from "./client.ts";
import { batches } from "./schema.ts";

export interface RunningBatches {
  running: number;
  /** Running batches whose tracker has not written since `quietBefore`. */
  quiet: number;
}

const isRunning = eq(batches.status, sql`'in_progress'`);

/** Those of all accounts, for the operator. */
export async function countRunningBatches(db: Database, quietBefore: number): Promise<RunningBatches> {
  const quiet = sql<number>`COUNT(*) FILTER (WHERE ${batches.updatedAt} < ${quietBefore})`;
  const [row] = await db.select({ running: count(), quiet }).from(batches).where(isRunning);
  return row ?? { running: 0, quiet: 0 };
}

/** Those of one account or of each, by account id. Accounts without running batches are absent. */
export async function runningBatchesByAccount(
  db: Database,
  accountId?: string,
): Promise<Map<string, number>> {
  const rows = await db
    .select({ accountId: batches.accountId, running: count() })
    .from(batches)
    .where(and(isRunning, accountId === undefined ? undefined : eq(batches.accountId, accountId)))
    .groupBy(batches.accountId);
  return new Map(rows.map(({ accountId, running }) => [accountId, running]));
}
