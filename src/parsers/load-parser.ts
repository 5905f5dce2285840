/** Loads parsers: built-in ones from the code, an account's own from the database. */
import type { Database } from "../db/client.ts";
import { findParserVersion } from "../db/own-parsers.ts";
import { findBuiltInParser } from "./built-in.ts";
import { type ParserDefinition, parserDefinition } from "./definition.ts";
import type { RunnableParser } from "./run-parser.ts";

/** Of this isolate. A version never changes, so that what was loaded once holds. */
const loaded = new Map<string, ParserDefinition>();
const MAX_LOADED = 50;

/**
 * A parser in this version, deleted ones included: batches keep the version that they started with. Null if there never
 * was one. A built-in parser is the one that this deployment has.
 *
 * @throws what D1 throws; ZodError when the document is not valid by the rules of this deployment
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
