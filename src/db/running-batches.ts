/** Counts the running batches of all accounts, for the operator. */
import { count, eq, sql } from "drizzle-orm";
import type { Database } from "./client.ts";
import { batches } from "./schema.ts";

export interface RunningBatches {
  running: number;
  /** Running batches whose tracker has not written since `quietBefore`. */
  quiet: number;
}

/** Reads only the index of running batches. @throws what D1 throws */
export async function countRunningBatches(db: Database, quietBefore: number): Promise<RunningBatches> {
  const quiet = sql<number>`COUNT(*) FILTER (WHERE ${batches.updatedAt} < ${quietBefore})`;
  const [row] = await db
    .select({ running: count(), quiet })
    .from(batches)
    .where(eq(batches.status, sql`'in_progress'`));
  return row ?? { running: 0, quiet: 0 };
}
