/** Which parser a batch means, what it costs, and whether the account may use it. */
import type { Account } from "../db/accounts.ts";
import type { Database } from "../db/client.ts";
import { findParserInUse } from "../db/own-parsers.ts";
import { findBuiltInParser } from "../parsers/built-in.ts";
import { parserPrice } from "../parsers/definition.ts";

export interface ParserChoice {
  /** As it was asked for: a built-in parser may have several. */
  id: string;
  version: number;
  /** Price of a page that succeeds, in credits. */
  creditsPerPage: number;
  /** Every id of a built-in parser; null for the account's own, which needs no grant. */
  builtInIds: readonly string[] | null;
}

/**
 * The parser of this id, in this version or else its newest: the account's own, or a built-in one. Null if there is
 * none. @throws what D1 throws
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

/** A grant of a built-in parser holds for all of its ids. */
export function isParserGranted(
  { builtInIds }: Pick<ParserChoice, "builtInIds">,
  { grantedParsers }: Pick<Account, "grantedParsers">,
): boolean {
  if (!builtInIds || !grantedParsers) return true;
  return builtInIds.some((id) => grantedParsers.includes(id));
}
