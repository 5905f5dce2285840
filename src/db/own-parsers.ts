/** An account's own parsers. All functions throw what D1 throws. */
import { and, desc, eq, isNull, lte, type SQL, sql } from "drizzle-orm";
import type { Database } from "./client.ts";
import { batches, parsers } from "./schema.ts";

/** Versions of parsers that an account can have in all, deleted ones included that are still there. */
export const MAX_VERSIONS = 5000;
/** Characters of JSON in all their definitions together. */
export const MAX_CHARACTERS = 25_000_000;
/**
 * What is deleted stays this long at least. A request may just have read the parser for a batch that it has yet to
 * write: a few attempts of IO_TIMEOUT_MS.
 */
export const DELETED_STAYS_MS = 5 * 60 * 1000;
/** URL patterns of each parser in a list. */
export const LISTED_URL_PATTERNS = 10;

export type ParserRow = typeof parsers.$inferSelect;
type NewParserVersion = Pick<ParserRow, "accountId" | "id" | "definition" | "createdAt">;

/** What a list shows of a parser. Definitions in their whole would be megabytes. */
export interface ParserSummaryRow extends Pick<ParserRow, "id" | "version" | "createdAt"> {
  name: string;
  description: string | null;
  credits: number;
  /** The first LISTED_URL_PATTERNS. */
  urlPatterns: string[];
}

interface ParsersQuery {
  /** Parsers last changed before this one. */
  after?: Pick<ParserRow, "createdAt" | "id">;
  limit: number;
}

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

/** The newest version of each of the account's parsers that are not deleted, the last changed first. */
export async function listParsersInUse(
  db: Database,
  accountId: string,
  { after, limit }: ParsersQuery,
): Promise<ParserSummaryRow[]> {
  const newest = sql`(SELECT max(version) FROM ${parsers} AS other
    WHERE other.account_id = ${accountId} AND other.id = ${parsers.id})`;
  const fact = <T>(name: string) => sql<T>`json_extract(${parsers.definition}, ${`$.${name}`})`;
  const urlPatterns = sql`(SELECT json_group_array(value) FROM (
    SELECT value FROM json_each(${parsers.definition}, '$.url_patterns') LIMIT ${LISTED_URL_PATTERNS}))`;
  return db
    .select({
      id: parsers.id,
      version: parsers.version,
      createdAt: parsers.createdAt,
      name: fact<string>("name"),
      description: fact<string | null>("description"),
      credits: fact<number>("credits"),
      urlPatterns: urlPatterns.mapWith((json: string): string[] => JSON.parse(json)),
    })
    .from(parsers)
    .where(
      and(
        eq(parsers.accountId, accountId),
        isNull(parsers.deletedAt),
        after && sql`(${parsers.createdAt}, ${parsers.id}) < (${after.createdAt}, ${after.id})`,
        eq(parsers.version, newest),
      ),
    )
    .orderBy(desc(parsers.createdAt), desc(parsers.id))
    .limit(limit);
}

/** Writes a parser's first version. Null if the account has no room for it. */
export async function insertParser(
  db: Database,
  { accountId, id, definition, createdAt }: NewParserVersion,
): Promise<ParserRow | null> {
  const json = JSON.stringify(definition);
  const first = sql`
    SELECT ${accountId}, ${id}, 1, ${json}, ${createdAt}, NULL
    WHERE ${hasRoom(accountId, json)}`;
  const [, [written]] = await db.batch([
    removeDeleted(db, accountId, createdAt),
    db.insert(parsers).select(first).returning(),
  ]);
  return written ?? null;
}

/**
 * Writes a parser's next version. Two at the same time get different ones. Null if there is no such parser, or the
 * account has no room for it.
 */
export async function insertNextVersion(
  db: Database,
  { accountId, id, definition, createdAt }: NewParserVersion,
): Promise<ParserRow | null> {
  const json = JSON.stringify(definition);
  const next = sql`
    SELECT account_id, id, version + 1, ${json}, ${createdAt}, NULL
    FROM ${parsers}
    WHERE account_id = ${accountId} AND id = ${id} AND deleted_at IS NULL AND ${hasRoom(accountId, json)}
    ORDER BY version DESC
    LIMIT 1`;
  const [, [written]] = await db.batch([
    removeDeleted(db, accountId, createdAt),
    db.insert(parsers).select(next).returning(),
  ]);
  return written ?? null;
}

/** Deletes a parser in all its versions: it can be used no more, and stays for batches that run. Whether there was one. */
export async function deleteParser(
  db: Database,
  accountId: string,
  id: string,
  now: number,
): Promise<boolean> {
  const [deleted] = await db.batch([
    db
      .update(parsers)
      .set({ deletedAt: now })
      .where(and(own(accountId, id), isNull(parsers.deletedAt)))
      .returning({ version: parsers.version }),
    removeDeleted(db, accountId, now),
  ]);
  return deleted.length > 0;
}

/** Removes for good what was deleted a while ago and no running batch uses. */
function removeDeleted(db: Database, accountId: string, now: number) {
  // The + keeps SQLite from reading all of the account's batches, by their index, instead of all that run.
  const used = sql`(SELECT parser_id, parser_version FROM ${batches}
    WHERE status = 'in_progress' AND +account_id = ${accountId} AND parser_id IS NOT NULL)`;
  return db
    .delete(parsers)
    .where(
      and(
        eq(parsers.accountId, accountId),
        lte(parsers.deletedAt, now - DELETED_STAYS_MS),
        sql`(${parsers.id}, ${parsers.version}) NOT IN ${used}`,
      ),
    );
}

/** Whether the account can have one more definition. Versions count, and so does what is deleted and still there. */
function hasRoom(accountId: string, definition: string): SQL {
  return sql`(
    SELECT count(*) < ${MAX_VERSIONS} AND total(length(definition)) + ${definition.length} <= ${MAX_CHARACTERS}
    FROM ${parsers} WHERE account_id = ${accountId})`;
}

function own(accountId: string, id: string) {
  return and(eq(parsers.accountId, accountId), eq(parsers.id, id));
}
