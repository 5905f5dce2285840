/** An account's own parsers. All functions throw what D1 throws. */
import { and, desc, eq, isNull } from "drizzle-orm";
import type { Database } from "./client.ts";
import { parsers } from "./schema.ts";

/** The version asked for of one of the account's own parsers, or its newest. Null if there is none. */
export async function findOwnParserVersion(
  db: Database,
  accountId: string,
  id: string,
  version?: number,
): Promise<number | null> {
  const [row] = await db
    .select({ version: parsers.version })
    .from(parsers)
    .where(
      and(
        eq(parsers.accountId, accountId),
        eq(parsers.id, id),
        isNull(parsers.deletedAt),
        version === undefined ? undefined : eq(parsers.version, version),
      ),
    )
    .orderBy(desc(parsers.version))
    .limit(1);
  return row?.version ?? null;
}
