/** Reads all structured data of a page, and finds things in it. */
import type { Json } from "./json-value.ts";
import type { ParserPage } from "./parser-page.ts";
import { jsonLd } from "./structured-data/json-ld.ts";
import { microdata } from "./structured-data/microdata.ts";
import { rdfa } from "./structured-data/rdfa.ts";
import { isThing, type Thing, typesOf } from "./structured-data/thing.ts";

export interface StructuredData {
  jsonLd: Thing[];
  microdata: Thing[];
  rdfa: Thing[];
}

export function structuredData(page: ParserPage): StructuredData {
  return { jsonLd: jsonLd(page), microdata: microdata(page), rdfa: rdfa(page) };
}

/** All things of the page, including nested ones, in document order. */
export class Things {
  readonly all: Thing[] = [];
  readonly #byId = new Map<string, Thing>();

  constructor(data: StructuredData) {
    for (const thing of [...data.jsonLd, ...data.microdata, ...data.rdfa]) this.#take(thing);
  }

  /** The first thing with a matching type. */
  firstOf(isType: (type: string) => boolean): Thing | undefined {
    return this.all.find((thing) => typesOf(thing).some(isType));
  }

  /** The things in a property, with references by `@id` resolved. */
  of(value: Json | undefined): Thing[] {
    return [value ?? []]
      .flat()
      .filter(isThing)
      .map((thing) => this.#resolved(thing));
  }

  #resolved(thing: Thing): Thing {
    const id = thing["@id"];
    if (typeof id !== "string" || Object.keys(thing).length > 1) return thing;
    return this.#byId.get(id) ?? thing;
  }

  #take(value: Json): void {
    if (Array.isArray(value)) {
      for (const part of value) this.#take(part);
    } else if (isThing(value)) {
      this.all.push(value);
      const id = value["@id"];
      if (typeof id === "string" && Object.keys(value).length > 1 && !this.#byId.has(id))
        this.#byId.set(id, value);
      for (const part of Object.values(value)) this.#take(part);
    }
  }
}

/** The first text in a property: a string or number, or the `name`, `@value`, `url` or `@id` of a thing. */
export function textIn(value: Json | undefined, depth = 0): string | undefined {
  if (typeof value === "string") return value.replace(/\s+/g, " ").trim() || undefined;
  if (typeof value === "number") return String(value);
  if (typeof value !== "object" || value === null || depth > 4) return undefined;
  const parts = Array.isArray(value)
    ? value
    : ["name", "@value", "url", "@id"].map((key) => value[key] ?? null);
  for (const part of parts) {
    const text = textIn(part, depth + 1);
    if (text !== undefined) return text;
  }
  return undefined;
}
