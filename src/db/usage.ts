/** What an account has used, by day. */
import { and, asc, eq, gte, lt, sql } from "drizzle-orm";
import type { AnySQLiteColumn } from "drizzle-orm/sqlite-core";
import type { Database } from "./client.ts";
import { batches } from "./schema.ts";

/** The batches that completed on a day, summed up. */
export interface DayOfUsage {
  /** `YYYY-MM-DD`, UTC. */
  date: string;
  batches: number;
  completed: number;
  failed: number;
  /** Failed pages by code. */
  failures: Record<string, number>;
  credits: number;
  costUsd: number;
}

/**
 * Sums up the batches that an account completed from `from` until before `until` (epoch ms), for each day with any.
 *
 * @throws what D1 throws
 */
export async function usageByDay(
  db: Database,
  accountId: string,
  from: number,
  until: number,
): Promise<DayOfUsage[]> {
  const date = sql<string>`date(${batches.completedAt} / 1000, 'unixepoch')`;
  const isMeant = and(
    eq(batches.accountId, accountId),
    gte(batches.completedAt, from),
    lt(batches.completedAt, until),
  );
  const sum = (column: AnySQLiteColumn) => sql<number>`SUM(${column})`;
  const [days, failures] = await db.batch([
    db
      .select({
        date: date.as("date"),
        batches: sql<number>`COUNT(*)`,
        completed: sum(batches.completedUrls),
        failed: sum(batches.failedUrls),
        credits: sum(batches.creditsConsumed),
        costUsd: sql<number>`SUM(${batches.creditsConsumed} * ${batches.rateUsd})`,
      })
      .from(batches)
      .where(isMeant)
      .groupBy(sql`1`)
      .orderBy(asc(sql`1`)),
    db
      .select({
        date: date.as("date"),
        code: sql<string>`failure.key`.as("code"),
        failed: sql<number>`SUM(failure.value)`.as("failed"),
      })
      .from(sql`${batches}, json_each(${batches.failures}) AS failure`)
      .where(isMeant)
      .groupBy(sql`1, 2`),
  ]);
  const byDate = Map.groupBy(failures, (row) => row.date);
  return days.map((day) => ({
    ...day,
    failures: Object.fromEntries((byDate.get(day.date) ?? []).map(({ code, failed }) => [code, failed])),
  }));
}
