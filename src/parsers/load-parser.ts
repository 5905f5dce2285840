/** Loads parsers: built-in ones from the code, an account's custom ones from the database. */
import type { Database } from "../db/client.ts";
import { findParserVersion } from "../db/custom-parsers.ts";
import { findBuiltInParser } from "./built-in.ts";
import { type ParserDefinition, parserDefinition } from "./definition.ts";
import type { RunnableParser } from "./run-parser.ts";

/** Cached per isolate. A version never changes, so an entry never expires. */
const loaded = new Map<string, ParserDefinition>();
const MAX_LOADED = 50;

/**
 * Loads a version of a parser, even if it has been deleted: a batch keeps the version it started with. Null if it never
 * existed. For a built-in parser, returns the one in this deployment, whatever the version.
 *
 * @throws what D1 throws; ZodError if the definition is not valid in this deployment
 */
export async function loadParser(
  db: Database,
  accountId: string,
  id: string,
  version: number,
): Promise<RunnableParser | null> {
  const builtIn = findBuiltInParser(id);
  if (builtIn) return builtIn;
  const key = JSON.stringify([accountId, id, version]);
  const known = loaded.get(key);
  if (known) return known;
  const row = await findParserVersion(db, accountId, id, version);
  if (!row) return null;
  const definition = parserDefinition.parse(row.definition);
  const [oldest] = loaded.keys();
  if (loaded.size >= MAX_LOADED && oldest !== undefined) loaded.delete(oldest);
  loaded.set(key, definition);
  return definition;
}
