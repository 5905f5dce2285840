/** Reads JSON-LD from `<script type="application/ld+json">` blocks (w3.org/TR/json-ld11). */
import type { Json } from "../json-value.ts";
import type { ParserPage } from "../parser-page.ts";
import { MAX_DEPTH, type Thing } from "./thing.ts";

/** The things in the page's blocks. Invalid blocks are skipped, as search engines do. */
export function jsonLd(page: ParserPage): Thing[] {
  return page.all("script[type]").flatMap((script) => {
    if (!/^application\/ld\+json\s*(?:;|$)/i.test(script.attribs.type?.trim() ?? "")) return [];
    const block = parseBlock(page.rawText(script));
    return [block ?? []].flat().flatMap((thing) => {
      const copy = copied(thing, page, 0);
      return isObject(copy) ? [copy] : [];
    });
  });
}

/** Tolerates comments around a block, and unescaped line breaks and tabs in strings. */
function parseBlock(text: string): Json | undefined {
  const bare = text.trim().replace(/^(?:<!--|\/\*.{0,40}?\*\/|(?:\/\/\s*)?<!\[CDATA\[)/s, "");
  const json = bare
    .replace(/(?:-->|(?:\/\/\s*)?\]\]>)$/, "")
    .trim()
    .replace(/;$/, "");
  for (const candidate of [json, json.replace(/\p{Cc}/gu, " ")]) {
    try {
      return JSON.parse(candidate) as Json;
    } catch {
      // Try again without control characters, or give up.
    }
  }
  return undefined;
}

/** Copies a value without what is nested too deep, and counts it as output. */
function copied(value: Json, page: ParserPage, depth: number): Json {
  page.budget.write(typeof value === "string" ? value.length : 4);
  if (typeof value !== "object" || value === null) return value;
  if (depth >= MAX_DEPTH) return null;
  if (Array.isArray(value)) return value.map((part) => copied(part, page, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => {
      page.budget.write(key.length);
      return [key, copied(part, page, depth + 1)];
    }),
  );
}

function isObject(value: Json): value is Thing {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
