/** Runs a parser on a page. */

import { log, messageOf } from "../text/log.ts";
import type { BuiltInParser } from "./built-in.ts";
import type { ParserDefinition } from "./definition.ts";
import { ParserFailed, ParserFailure, ParserOutputMissing } from "./failure.ts";
import type { Json } from "./json-value.ts";
import { type PageInput, ParserPage } from "./parser-page.ts";
import { readDefinition } from "./read-definition.ts";

/** A built-in parser, which is code, or a custom one, which is data. */
export type RunnableParser = BuiltInParser | ParserDefinition;

/** Most characters of the output as JSON. Escapes make it longer than what the budget counts. */
const MAX_JSON_CHARACTERS = 8 * 1024 * 1024;

/**
 * Runs a parser on a page and returns its output as JSON text.
 *
 * @throws ParserOutputMissing if it finds none of what it requires
 * @throws ParserFailed if the page or the parser exceeds a limit
 */
export function runParser(parser: RunnableParser, input: PageInput): string {
  try {
    const output =
      "read" in parser
        ? parser.read(new ParserPage(input, { isMarked: true }))
        : readDefinition(parser, new ParserPage(input));
    if (output === undefined) throw new ParserOutputMissing(missingMessage(parser));
    return jsonOf(output);
  } catch (thrown) {
    if (thrown instanceof ParserFailure) throw thrown;
    log("error", "parser.defect", { parser: parser.name, error: messageOf(thrown) });
    throw new ParserFailed("The parser could not read the page.");
  }
}

function jsonOf(output: Json): string {
  const json = JSON.stringify(output);
  if (json.length <= MAX_JSON_CHARACTERS) return json;
  throw new ParserFailed(`The parser's output is longer than ${MAX_JSON_CHARACTERS} characters of JSON.`);
}

function missingMessage(parser: RunnableParser): string {
  const name = JSON.stringify(parser.name);
  if ("read" in parser) return `The page has nothing that the parser ${name} extracts.`;
  const required = [...(parser.baseFields ?? []), ...parser.fields].filter(({ required }) => required);
  const names = required.map((field) => field.name).slice(0, 20);
  const what = names.length > 0 ? `required fields (${names.join(", ")})` : "fields";
  return `The parser ${name} found none of its ${what} on the page.`;
}
