/** Runs a parser on a page. */

import { log, messageOf } from "../text/log.ts";
import type { BuiltInParser } from "./built-in.ts";
import type { ParserDefinition } from "./definition.ts";
import { ParserFailed, ParserFailure, ParserOutputMissing } from "./failure.ts";
import type { Json } from "./json-value.ts";
import { type PageInput, ParserPage } from "./parser-page.ts";
import { readDefinition } from "./read-definition.ts";

/** A parser, as code or as data. */
export type RunnableParser = BuiltInParser | ParserDefinition;

/** Characters of the answer as JSON, at most: escapes make it longer than what its budget counts. */
const MAX_JSON_CHARACTERS = 8 * 1024 * 1024;

/**
 * What the parser makes of the page, as JSON text.
 *
 * @throws ParserOutputMissing when it finds none of what it requires
 * @throws ParserFailed when the page or the parser is too much
 */
export function runParser(parser: RunnableParser, input: PageInput): string {
  try {
    const answer =
      "read" in parser
        ? parser.read(new ParserPage(input, { isMarked: true }))
        : readDefinition(parser, new ParserPage(input));
    if (answer === undefined) throw new ParserOutputMissing(missingMessage(parser));
    return jsonOf(answer);
  } catch (thrown) {
    if (thrown instanceof ParserFailure) throw thrown;
    log("error", "parser.defect", { parser: parser.name, error: messageOf(thrown) });
    throw new ParserFailed("The parser could not read the page.");
  }
}

function jsonOf(answer: Json): string {
  const json = JSON.stringify(answer);
  if (json.length <= MAX_JSON_CHARACTERS) return json;
  throw new ParserFailed(`The parser's answer is longer than ${MAX_JSON_CHARACTERS} characters of JSON.`);
}

function missingMessage(parser: RunnableParser): string {
  const name = JSON.stringify(parser.name);
  if ("read" in parser) return `The page has nothing that the parser ${name} is for.`;
  const required = [...(parser.baseFields ?? []), ...parser.fields].filter(({ required }) => required);
  const wanted = required.map((field) => field.name).slice(0, 20);
  const what = wanted.length > 0 ? `required fields (${wanted.join(", ")})` : "fields";
  return `The parser ${name} found none of its ${what} on the page.`;
}
