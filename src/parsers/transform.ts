/** Applies the transforms of a field to the text that was found. */

import type { Transform } from "./definition.ts";
import type { Json } from "./json-value.ts";
import { parseDate } from "./parse-date.ts";
import { parseNumber } from "./parse-number.ts";
import { parsePrice } from "./parse-price.ts";
import type { ParserPage } from "./parser-page.ts";

/** The value after all transforms, or undefined if one of them fails. */
export function transformed(
  text: string,
  transform: Transform | readonly Transform[] | undefined,
  page: ParserPage,
): Json | undefined {
  const steps = transform === undefined ? [] : [transform].flat();
  let value: Json | undefined = text;
  for (const step of steps) {
    if (typeof value !== "string") return value;
    value = applied(step, value, page);
  }
  return value;
}

function applied(step: Transform, text: string, page: ParserPage): Json | undefined {
  page.budget.spend(text.length / 16);
  if (typeof step === "object") return page.regexes.match(step.pattern, text, step.group);
  switch (step) {
    case "trim":
    case "strip":
      return text.trim();
    case "lowercase":
      return text.toLowerCase();
    case "uppercase":
      return text.toUpperCase();
    case "number":
      return parseNumber(text, page.language);
    case "price": {
      const price = parsePrice(text, page.language);
      return price && { ...price };
    }
    case "date":
      return parseDate(text, page.language);
    case "url":
      return page.absoluteUrl(text);
  }
}
