/** An account's own parsers. All functions throw what D1 throws. */
import { and, desc, eq, isNull, sql } from "drizzle-orm";
import type { Database } from "./client.ts";
import { parsers } from "./schema.ts";

export type ParserRow = typeof parsers.$inferSelect;
export type NewParserVersion = Pick<ParserRow, "accountId" | "id" | "definition" | "createdAt">;

/** An account's parser in one version, deleted or not. Null if there never was one. */
export async function findParserVersion(
  db: Database,
  accountId: string,
  id: string,
  version: number,
): Promise<ParserRow | null> {
  const [row] = await db
    .select()
    .from(parsers)
    .where(and(own(accountId, id), eq(parsers.version, version)));
  return row ?? null;
}

/** One of the account's parsers that is not deleted, in the version asked for or else its newest. Null if there is none. */
export async function findParserInUse(
  db: Database,
  accountId: string,
  id: string,
  version?: number,
): Promise<ParserRow | null> {
  const [row] = await db
    .select()
    .from(parsers)
    .where(
      and(
        own(accountId, id),
        isNull(parsers.deletedAt),
        version === undefined ? undefined : eq(parsers.version, version),
      ),
    )
    .orderBy(desc(parsers.version))
    .limit(1);
  return row ?? null;
}

/** The newest version of each of the account's parsers that are not deleted, the newest of these first. */
export async function listParsersInUse(db: Database, accountId: string): Promise<ParserRow[]> {
  const newest = sql`(SELECT max(version) FROM ${parsers} AS other
    WHERE other.account_id = ${accountId} AND other.id = ${parsers.id})`;
  return db
    .select()
    .from(parsers)
    .where(and(eq(parsers.accountId, accountId), isNull(parsers.deletedAt), eq(parsers.version, newest)))
    .orderBy(desc(parsers.createdAt), desc(parsers.id));
}

/** Writes a parser's first version, unless the account has `limit` parsers already. Null if it has. */
export async function insertParser(
  db: Database,
  { accountId, id, definition, createdAt }: NewParserVersion,
  limit: number,
): Promise<ParserRow | null> {
  const [written] = await db.all<{ id: string }>(sql`
    INSERT INTO ${parsers} (account_id, id, version, definition, created_at)
    SELECT ${accountId}, ${id}, 1, ${JSON.stringify(definition)}, ${createdAt}
    WHERE (SELECT count(*) FROM ${parsers} WHERE account_id = ${accountId} AND version = 1 AND deleted_at IS NULL) < ${limit}
    RETURNING id`);
  return written ? findParserVersion(db, accountId, id, 1) : null;
}

/** Writes a parser's next version. Two at the same time get different ones. Null if there is no such parser. */
export async function insertNextVersion(
  db: Database,
  { accountId, id, definition, createdAt }: NewParserVersion,
): Promise<ParserRow | null> {
  const [written] = await db.all<{ version: number }>(sql`
    INSERT INTO ${parsers} (account_id, id, version, definition, created_at)
    SELECT account_id, id, max(version) + 1, ${JSON.stringify(definition)}, ${createdAt}
    FROM ${parsers}
    WHERE account_id = ${accountId} AND id = ${id} AND deleted_at IS NULL
    GROUP BY account_id, id
    RETURNING version`);
  return written ? findParserVersion(db, accountId, id, written.version) : null;
}

/** Deletes a parser in all its versions: it can be used no more, and stays for batches that run. Whether there was one. */
export async function deleteParser(
  db: Database,
  accountId: string,
  id: string,
  now: number,
): Promise<boolean> {
  const deleted = await db
    .update(parsers)
    .set({ deletedAt: now })
    .where(and(own(accountId, id), isNull(parsers.deletedAt)))
    .returning({ version: parsers.version });
  return deleted.length > 0;
}

function own(accountId: string, id: string) {
  return and(eq(parsers.accountId, accountId), eq(parsers.id, id));
}
