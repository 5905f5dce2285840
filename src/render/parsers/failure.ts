/** How a parser ends without an answer. The messages are for clients. */

/** The parser ran, and did not find what it is for. */
export class ParserOutputMissing extends Error {
  override name = "ParserOutputMissing";
}

/** The page or the parser is too much: reading it would not end, or not fit. Another attempt does not help. */
export class ParserFailed extends Error {
  override name = "ParserFailed";
}
