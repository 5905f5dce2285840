/** An account's custom parsers. All functions throw what D1 throws. */
import { and, desc, eq, isNull, lte, type SQL, sql } from "drizzle-orm";
import type { Database } from "./client.ts";
import { batches, parsers } from "./schema.ts";

/** How many versions an account can have of all its parsers together. Deleted ones count until they are removed. */
export const MAX_VERSIONS = 5000;
/** How many characters of JSON the definitions can have together. */
export const MAX_CHARACTERS = 25_000_000;
/**
 * A deleted parser is kept at least this long. A request may have read it for a batch that it is about to write, which
 * can take a few attempts of IO_TIMEOUT_MS each.
 */
export const DELETED_STAYS_MS = 5 * 60 * 1000;
/** How many URL patterns a list shows of each parser. */
export const LISTED_URL_PATTERNS = 10;

export type ParserRow = typeof parsers.$inferSelect;
type NewParserVersion = Pick<ParserRow, "accountId" | "id" | "definition" | "createdAt">;

/** What a list shows of a parser. The whole definitions would be megabytes. */
export interface ParserSummaryRow extends Pick<ParserRow, "id" | "version" | "createdAt"> {
  name: string;
  description: string | null;
  credits: number;
  /** At most LISTED_URL_PATTERNS. */
  urlPatterns: string[];
}

interface ParsersQuery {
  /** Only parsers last changed before this one. */
  after?: Pick<ParserRow, "createdAt" | "id">;
  limit: number;
}

/** Finds a version of a parser, deleted or not. Null if there is none. */
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

/** Finds a parser that is not deleted: the given version, or the newest. Null if there is none. */
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

/** Lists the newest version of each parser that is not deleted, the last changed first. */
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

/** Inserts a parser's first version. Null if the account has reached its limits. */
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
 * Inserts a parser's next version. Two calls at the same time get different numbers. Null if there is no such parser, or
 * the account has reached its limits.
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

/**
 * Deletes all versions of a parser. New batches can no longer use it; running ones can. Returns false if there was none.
 */
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

/** Removes versions that were deleted a while ago and that no running batch uses. */
function removeDeleted(db: Database, accountId: string, now: number) {
  // The + makes SQLite read the index of running batches, not that of all the account's batches.
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

/** Whether one more definition fits within the limits. Every version counts, deleted ones included. */
function hasRoom(accountId: string, definition: string): SQL {
  return sql`(
    SELECT count(*) < ${MAX_VERSIONS} AND total(length(definition)) + ${definition.length} <= ${MAX_CHARACTERS}
    FROM ${parsers} WHERE account_id = ${accountId})`;
}

function own(accountId: string, id: string) {
  return and(eq(parsers.accountId, accountId), eq(parsers.id, id));
}
