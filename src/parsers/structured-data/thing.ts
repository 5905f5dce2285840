/**
 * The common format of structured data, whatever its notation: that of JSON-LD, with `@type` and `@id`, short names for types
 * and properties of schema.org, and a list where a property has several values.
 */
import type { Json } from "../json-value.ts";
import type { ParserPage } from "../parser-page.ts";

export type Thing = { [property: string]: Json };

/** Most levels of nested things. Deeper ones are left out. */
export const MAX_DEPTH = 32;

export function isThing(value: Json | undefined): value is Thing {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `https://schema.org/Product` and `schema:Product` → `Product`. */
export function shortName(name: string): string {
  return name.replace(/^(?:https?:\/\/(?:www\.)?schema\.org\/|schema:)(?=.)/i, "");
}

/** The short names of a thing's types. */
export function typesOf(thing: Thing): string[] {
  return [thing["@type"] ?? []]
    .flat()
    .filter((type) => typeof type === "string")
    .map(shortName);
}

/** Collects the properties of one thing. A repeated name makes a list. */
export class ThingDraft {
  readonly #page: ParserPage;
  readonly #values = new Map<string, Json[]>();

  constructor(page: ParserPage) {
    this.#page = page;
  }

  /** @throws ParserFailed if the output is too long */
  add(name: string, value: Json | undefined): void {
    if (value === undefined || value === "") return;
    this.#page.budget.write(name.length + (typeof value === "string" ? value.length : 0));
    const values = this.#values.get(name);
    if (values) values.push(value);
    else this.#values.set(name, [value]);
  }

  done(): Thing {
    return Object.fromEntries(
      Array.from(this.#values, ([name, values]) => [
        name,
        values.length === 1 ? (values[0] ?? null) : values,
      ]),
    );
  }
}
