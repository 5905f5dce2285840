/** What all built-in parsers have in common. Each has a test of its own in built-in/. */
import { expect, it } from "vitest";
import { builtInParsers } from "../../src/parsers/built-in.ts";
import { ParserOutputMissing } from "../../src/parsers/failure.ts";
import { parseHtml } from "./parse-page.ts";

it("every built-in parser has unique ids, and a price and version of at least 1", () => {
  const ids = builtInParsers.flatMap(({ id, aliases }) => [id, ...aliases]);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { credits, version } of builtInParsers)
    expect(Math.min(credits, version)).toBeGreaterThanOrEqual(1);
});

const page = "<html><body><p>Words.</p></body></html>";

/** These list what they find. A page without any has an empty list. */
const lists = new Map<string, object>([
  ["@trawl/tables", { tables: [] }],
  ["@trawl/extract-emails", { emails: [] }],
  ["@trawl/extract-socials", { socials: [] }],
  ["@trawl/extract-calendars", { events: [], calendars: [] }],
]);

it.each([...lists])("%s has an empty list if a page has nothing for it", (id, empty) => {
  expect(parseHtml(id.replace("@trawl/", ""), page)).toEqual(empty);
});

it.each(builtInParsers.filter(({ id }) => !lists.has(id)))(
  "$id throws ParserOutputMissing if a page has nothing for it",
  ({ id }) => {
    expect(() => parseHtml(id.replace("@trawl/", ""), page)).toThrow(ParserOutputMissing);
  },
);
