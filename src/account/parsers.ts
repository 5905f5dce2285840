/** Which parser a batch means, and what it costs. */
import type { Database } from "../db/client.ts";
import { findOwnParserVersion } from "../db/parsers.ts";
import { builtInParsers } from "../render/parsers/built-in.ts";

export interface ParserChoice {
  id: string;
  version: number;
  /** Price of a page that succeeds, in credits. */
  creditsPerPage: number;
  /** Whether it is the account's own. Those need no grant. */
  own: boolean;
}

/** Pages made with an account's own parser cost what pages without one do: its price is not for the account to set. */
const OWN_PARSER_CREDITS = 1;

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
  const builtIn = builtInParsers.find((parser) => parser.id === id);
  if (builtIn) {
    if (version !== undefined && version !== builtIn.version) return null;
    return { id, version: builtIn.version, creditsPerPage: builtIn.creditsPerPage, own: false };
  }
  const ownVersion = await findOwnParserVersion(db, accountId, id, version);
  return ownVersion === null
    ? null
    : { id, version: ownVersion, creditsPerPage: OWN_PARSER_CREDITS, own: true };
}
