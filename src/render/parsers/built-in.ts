/** The parsers that every account has, by id. */
export interface BuiltInParser {
  id: string;
  version: number;
  /** Price of a page that succeeds, in credits. */
  creditsPerPage: number;
}

export const builtInParsers: readonly BuiltInParser[] = [];
