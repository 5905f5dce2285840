/** How a parser ends without an answer. The messages are for clients. Another attempt does not help. */
export abstract class ParserFailure extends Error {
  abstract readonly code: "parser_output_missing" | "parser_failed";
}

/** The parser ran, and did not find what it is for. */
export class ParserOutputMissing extends ParserFailure {
  override name = "ParserOutputMissing";
  readonly code = "parser_output_missing";
}

/** The page or the parser is too much: reading it would not end, or not fit. */
export class ParserFailed extends ParserFailure {
  override name = "ParserFailed";
  readonly code = "parser_failed";
}
