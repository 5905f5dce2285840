/** What holds for every built-in parser. built-in/ has a test for each. */
import { expect, it } from "vitest";
import { builtInParsers } from "../../src/parsers/built-in.ts";
import { ParserOutputMissing } from "../../src/parsers/failure.ts";
import { parseHtml } from "./parse-page.ts";

it("every parser has ids of its own, and a whole price", () => {
  const ids = builtInParsers.flatMap(({ id, aliases }) => [id, ...aliases]);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { credits, version } of builtInParsers)
    expect(Math.min(credits, version)).toBeGreaterThanOrEqual(1);
});

it.each(builtInParsers)("$id says so when a page has nothing for it", ({ id }) => {
  expect(() => parseHtml(id.replace("@trawl/", ""), "<html><body><p>Words.</p></body></html>")).toThrow(
    ParserOutputMissing,
  );
});
