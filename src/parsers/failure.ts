/** Why a parser has no output. Messages are shown to clients. Running it again does not help. */
export abstract class ParserFailure extends Error {
  abstract readonly code: "parser_output_missing" | "parser_failed";
}

/** The parser ran, but did not find what it requires. */
export class ParserOutputMissing extends ParserFailure {
  override name = "ParserOutputMissing";
  readonly code = "parser_output_missing";
}

/** The page or the parser exceeds a limit of time or memory. */
export class ParserFailed extends ParserFailure {
  override name = "ParserFailed";
  readonly code = "parser_failed";
}
