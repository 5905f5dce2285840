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

/** What pages put around a block so that old browsers ignore it: comments and CDATA sections, one in the other. */
const opening = /^(?:\s|\/\/|\/\*|\*\/|<!--|-->|<!\[CDATA\[|>)+/;
const closing = /(?:\s|\/\/|\/\*|\*\/|<!--|-->|\]\]>|<!|;)$/;
/** Strings, which are kept, and what JSON does not allow: comments, and commas after the last entry. */
const liberties = /("[^"\\]*(?:\\(?:.|$)[^"\\]*)*(?:"|$))|\/\*.*?(?:\*\/|$)|\/\/[^\n]*|,(?=\s*[}\]])/gs;

/** Tolerates what wraps a block, comments, trailing commas, and unescaped line breaks and tabs in strings. */
function parseBlock(text: string): Json | undefined {
  const json = unwrapped(text);
  return (
    parsed(json) ??
    parsed(json.replace(/\p{Cc}/gu, " ")) ??
    parsed(unwrapped(text.replace(liberties, "$1")).replace(/\p{Cc}/gu, " "))
  );
}

function unwrapped(text: string): string {
  const start = opening.exec(text)?.[0].length ?? 0;
  let end = text.length;
  for (;;) {
    const [mark = ""] = closing.exec(text.slice(Math.max(start, end - 4), end)) ?? [];
    if (mark === "") return text.slice(start, end);
    end -= mark.length;
  }
}

function parsed(json: string): Json | undefined {
  try {
    return JSON.parse(json) as Json;
  } catch {
    return undefined;
  }
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
