/** Which parser a request refers to, what it costs, and whether the account may use it. */
import type { Account } from "../db/accounts.ts";
import type { Database } from "../db/client.ts";
import { findParserInUse } from "../db/custom-parsers.ts";
import { findBuiltInParser } from "../parsers/built-in.ts";
import { parserPrice } from "../parsers/definition.ts";

export interface ParserChoice {
  /** As in the request: a built-in parser can have several ids. */
  id: string;
  version: number;
  /** Price of a page that succeeds, in credits. */
  creditsPerPage: number;
  /** All ids of a built-in parser; null for a custom parser, which needs no grant. */
  builtInIds: readonly string[] | null;
}

/**
 * Finds a built-in parser or one of the account's own, in the given version or the newest. Null if there is none.
 *
 * @throws what D1 throws
 */
export async function findParser(
  db: Database,
  accountId: string,
  id: string,
  version?: number,
): Promise<ParserChoice | null> {
  const builtIn = findBuiltInParser(id);
  if (builtIn) {
    if (version !== undefined && version !== builtIn.version) return null;
    const builtInIds = [builtIn.id, ...builtIn.aliases];
    return { id, version: builtIn.version, creditsPerPage: builtIn.credits, builtInIds };
  }
  const row = await findParserInUse(db, accountId, id, version);
  if (!row) return null;
  const { credits } = parserPrice.parse(row.definition);
  return { id, version: row.version, creditsPerPage: credits, builtInIds: null };
}

/** Whether the account may use the parser. A grant of one of its ids is enough. */
export function isParserGranted(
  { builtInIds }: Pick<ParserChoice, "builtInIds">,
  { grantedParsers }: Pick<Account, "grantedParsers">,
): boolean {
  if (!builtInIds || !grantedParsers) return true;
  return builtInIds.some((id) => grantedParsers.includes(id));
}
