/** Property tests: any HTML, cut off anywhere, becomes links, Markdown and text without an error. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { flattenHtml, needsFlattening } from "../../../src/content/captured-html/flatten.ts";
import { plainNames } from "../../../src/content/captured-html/marks.ts";
import { linksOfPage } from "../../../src/content/extract/links.ts";
import { markdownOfPage } from "../../../src/content/extract/markdown.ts";
import { textOfPage } from "../../../src/content/extract/plain-text.ts";

const tags = [
  ...[
    "a",
    "b",
    "i",
    "em",
    "p",
    "div",
    "span",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "table",
    "caption",
    "thead",
    "tr",
    "th",
  ],
  ...[
    "td",
    "pre",
    "code",
    "blockquote",
    "h1",
    "h2",
    "details",
    "summary",
    "img",
    "br",
    "hr",
    "input",
    "button",
    "iframe",
  ],
  ...[
    "template",
    "slot",
    "script",
    "style",
    "noscript",
    "svg",
    "text",
    "math",
    "annotation",
    "x-card",
    "base",
    "html",
    "body",
  ],
  ...[
    "picture",
    "source",
    "area",
    "sup",
    "q",
    "ruby",
    "rt",
    "select",
    "option",
    "textarea",
    "dialog",
    "main",
  ],
  ...["mfrac", "msup", "mi", "mo", "mtable", "semantics", "mjx-container", "figure", "samp"],
];
const values = [
  ...[
    "",
    "#",
    "/x",
    "https://e.example/(",
    "http://",
    "javascript:1",
    "\ud800",
    "text",
    "open",
    "-1",
    "99999999999",
    "0",
  ],
  ...[
    "hljs css",
    "cookie-banner",
    "gutter",
    "1",
    "language-js",
    "data:,x",
    "a.png 1x, b.png 2x",
    "checkbox",
    "<p>&lt;p>",
    "katex",
    "MathJax",
    "math/tex",
    "a%20b%",
    "copy",
  ],
];
const names = [
  ...[
    "href",
    "src",
    "srcset",
    "class",
    "id",
    "start",
    "rowspan",
    "colspan",
    "slot",
    "name",
    "srcdoc",
    "shadowrootmode",
    "alt",
  ],
  ...[
    "data-trawl-hidden",
    "data-trawl-text-hidden",
    "data-trawl-block",
    "data-trawl-inline",
    "data-trawl-apart",
    "data-trawl-overlay",
    "data-trawl-value",
    "data-trawl-preserved",
    "data-src",
    "data-mathml",
    "reversed",
    "selected",
    "data-trawl-frame",
    "data-trawl-frame-base",
    "hidden",
  ],
  ...["data-trawl-rendered", "type", "checked", "role", "style", "value", "width", "aria-label", "data-lang"],
];

const attribute = fc
  .tuple(fc.constantFrom(...names), fc.constantFrom(...values))
  .map(([name, value]) => ` ${name}="${value}"`);
const startTag = fc
  .tuple(fc.constantFrom(...tags), fc.array(attribute, { maxLength: 3 }))
  .map(([tag, attributes]) => `<${tag}${attributes.join("")}>`);
const piece = fc.oneof(
  { weight: 5, arbitrary: startTag },
  { weight: 3, arbitrary: fc.constantFrom(...tags).map((tag) => `</${tag}>`) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      " ",
      "\n",
      "word",
      "*",
      "`",
      "[",
      "](",
      "|",
      "- ",
      "1. ",
      "#",
      "&nbsp;",
      "&",
      "<",
      "日本",
      "😀",
      "$a_i$",
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("<!--", "-->", "<![CDATA[", "]]>", "<!DOCTYPE html>", "<a", '<a href="'),
  },
);
const html = fc.tuple(fc.array(piece, { maxLength: 60 }), fc.nat(200)).map(([pieces, cut]) => {
  const whole = pieces.join("");
  return whole.slice(0, Math.max(0, whole.length - cut));
});
const url = "https://example.com/page";

describe("any HTML", () => {
  it("becomes unique, valid links", () => {
    fc.assert(
      fc.property(html, (page) => {
        const links = linksOfPage(page, url, { absolute_links: true, query_to_order_links_by: "word 日本" });
        expect(new Set(links).size).toBe(links.length);
        for (const link of links) expect(new URL(link).href).toBe(link);
        expect(linksOfPage(page, url, { absolute_links: false })).toHaveLength(links.length);
      }),
      { numRuns: 500 },
    );
  });

  it("becomes text and Markdown without stray white space", () => {
    fc.assert(
      fc.property(html, (page) => {
        const text = textOfPage(page, url);
        expect(text).not.toMatch(/[ \t]\n|^\n|\n\n$/);
        expect(text === "" || text.endsWith("\n")).toBe(true);
        const markdown = markdownOfPage(page, url);
        expect(markdown === "" || markdown.endsWith("\n")).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("has the same text after flattening", () => {
    fc.assert(
      fc.property(html, (page) => {
        const flat = needsFlattening(page, plainNames) ? flattenHtml(page, plainNames) : page;
        expect(textOfPage(flat, url)).toBe(textOfPage(page, url));
      }),
      { numRuns: 500 },
    );
  });
});
