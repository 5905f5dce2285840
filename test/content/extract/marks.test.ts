/** Marks taken out of a page's HTML and put back: exactly these, and exactly there. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { flattenHtml } from "../../../src/content/extract/flatten.ts";
import { markNames, marks, markToken, putMarks, takeMarks } from "../../../src/content/extract/marks.ts";

const token = "k3y";
const names = Object.values(marks);

/** How a mark can stand in the HTML: as a serialiser writes it, and in frames within frames. */
const emptyValues = ["", '=""', "=&quot;&quot;", "=&amp;quot;&amp;quot;", "=&amp;amp;quot;&amp;amp;quot;"];
const mark = fc.record({
  name: fc.constantFrom(...names),
  value: fc.constantFrom(...emptyValues),
});
/** What is no mark, such that look like one among it. */
const own = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("<p", ">", ' class="a"', "/>", "&gt;", "</p>", "日本 😀", " ", '=""', "\ud800"),
  fc.constantFrom(...names).map((name) => ` ${name}=""`),
  fc.constantFrom(...names).map((name) => ` ${name}-other=""`),
);

describe("marks", () => {
  it("are taken out wherever they stand, and put back there", () => {
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

  it("are a short list", () => {
    const html =
      '<html data-trawl-rendered-k3y=""><p>One</p><p class="a" data-trawl-hidden-k3y="">Two</p></html>';
    expect(takeMarks(html, token)).toEqual({
      html: '<html><p>One</p><p class="a">Two</p></html>',
      marks: "R5Hn",
    });
  });

  it("in shadow roots and in frames within frames go too", () => {
    const { hidden, frame } = markNames(token);
    const inner = `<i ${hidden}="">x</i>`;
    const outer = `<p ${hidden}="">y</p><iframe ${frame}="${inner.replaceAll('"', "&quot;")}"></iframe>`;
    const escaped = outer.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
    const root = `<template shadowrootmode="open"><p ${hidden}="">z</p></template>`;
    const html = `<x-y>${root}<b>no slot</b></x-y><iframe ${frame}="${escaped}"></iframe>`;
    const taken = takeMarks(flattenHtml(html, token), token);
    expect(taken.html).toBe(
      `<x-y><p>z</p><b>no slot</b></x-y><iframe srcdoc="<p>y</p><iframe srcdoc=&quot;<i>x</i>&quot;></iframe>"></iframe>`,
    );
    expect(taken.marks.match(/H/g)).toHaveLength(4);
    expect(putMarks(taken.html, taken.marks)).toContain(
      "<iframe srcdoc=&quot;<i data-trawl-hidden>x</i>&quot;>",
    );
  });

  it("are told apart by a token that is new for each page", () => {
    expect(markToken()).not.toBe(markToken());
    expect(markToken()).toMatch(/^[0-9a-z]{8,}$/);
  });
});
