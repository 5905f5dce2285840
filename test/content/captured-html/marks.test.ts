/** Marks are taken out of a page's HTML, and put back exactly where they were. */
import { isTag } from "domhandler";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { markedValue, plainNames, putMarks, takeMarks } from "../../../src/content/captured-html/marks.ts";
import { parseHtml } from "../../../src/content/html-tree.ts";

const token = "k3y";
const { frame, frameBase, ...marks } = plainNames;
const names = Object.values(marks);

function decodable(value: string): boolean {
  return !/%(?![0-7][0-9a-f])/i.test(value);
}

/** Ways to write an empty value, also in frames within frames. */
const emptyValues = ["", '=""', "=&quot;&quot;", "=&amp;quot;&amp;quot;", "=&amp;amp;quot;&amp;amp;quot;"];
const mark = fc.record({
  name: fc.constantFrom(...names),
  value: fc.constantFrom(...emptyValues),
});
/** Anything but a mark, including what looks like one. */
const own = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("<p", ">", ' class="a"', "/>", "&gt;", "</p>", "日本 😀", " ", '=""', "\ud800"),
  fc.constantFrom(...names).map((name) => ` ${name}=""`),
  fc.constantFrom(...names).map((name) => ` ${name}-other=""`),
);

describe("marks", () => {
  it("are taken out wherever they are, and put back there", () => {
    // What follows a mark begins with something that cannot be its value.
    const pieces = fc.array(fc.tuple(own, mark, fc.constantFrom(" ", ">", "/>", "&gt;")), { maxLength: 30 });
    fc.assert(
      fc.property(pieces, own, (parts, rest) => {
        const page = (written: (of: { name: string; value: string }) => string) =>
          parts.map(([before, of, after]) => before + written(of) + after).join("") + rest;
        const taken = takeMarks(
          page(({ name, value }) => ` ${name}-${token}${value}`),
          token,
        );
        expect(taken.html).toBe(page(() => ""));
        expect(putMarks(taken.html, taken.marks)).toBe(page(({ name }) => ` ${name}`));
        expect(taken.marks === "").toBe(parts.length === 0);
      }),
      { numRuns: 1000 },
    );
  });

  it("keep their values, also in frames and in front of a slash", () => {
    const value = fc.stringMatching(/^[\w.!~*()%-]{1,20}$/);
    const quotes = fc.constantFrom('"', "&quot;", "&amp;quot;");
    fc.assert(
      fc.property(value, quotes, fc.constantFrom(">", "/>", ' class="a">'), (written, quote, rest) => {
        const taken = takeMarks(`<input ${names.at(-1)}-${token}=${quote}${written}${quote}${rest}`, token);
        expect(taken.html).toBe(`<input${rest}`);
        const [input] = parseHtml(putMarks(taken.html, taken.marks)).children.filter(isTag);
        const expected = decodable(written) ? decodeURIComponent(written) : written;
        expect(input && markedValue(input)).toBe(expected);
      }),
    );
  });

  it("are stored as a short list", () => {
    const html =
      '<html data-trawl-rendered-k3y=""><p>One</p><p class="a" data-trawl-hidden-k3y="">Two</p></html>';
    expect(takeMarks(html, token)).toEqual({
      html: '<html><p>One</p><p class="a">Two</p></html>',
      marks: "R5Hn",
    });
  });
});
