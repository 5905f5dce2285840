/** Property tests: whatever the page and the parser, there is an output or one of the two failures. */
import fc from "fast-check";
import { expect, inject, it } from "vitest";
import { PageHtml } from "../../src/content/captured-html.ts";
import { builtInParsers } from "../../src/parsers/built-in.ts";
import { givenParserDefinition } from "../../src/parsers/definition.ts";
import { ParserFailure } from "../../src/parsers/failure.ts";
import { type RunnableParser, runParser } from "../../src/parsers/run-parser.ts";

const site = inject("site");

/** @throws Error unless the parser returns JSON or throws a ParserFailure */
function expectOutputOrFailure(parser: RunnableParser, html: string, url: string): void {
  try {
    JSON.parse(runParser(parser, { html: new PageHtml(html), url }));
  } catch (thrown) {
    if (!(thrown instanceof ParserFailure)) throw thrown;
    // The message for a defect in a parser.
    expect(thrown.message).not.toBe("The parser could not read the page.");
  }
}

const names = fc.constantFrom(
  ...[
    "a",
    "b",
    "p",
    "div",
    "h1",
    "h3",
    "ul",
    "li",
    "table",
    "tr",
    "td",
    "th",
    "thead",
    "caption",
    "meta",
    "link",
    "title",
  ],
  ...[
    "script",
    "style",
    "template",
    "noscript",
    "base",
    "html",
    "head",
    "body",
    "time",
    "img",
    "sup",
    "del",
    "button",
    "svg",
    "x:y",
    "article",
  ],
);
const attributes = fc.constantFrom(
  ...[
    "class",
    "id",
    "href",
    "src",
    "content",
    "property",
    "name",
    "rel",
    "type",
    "itemprop",
    "itemscope",
    "itemtype",
  ],
  ...[
    "itemref",
    "typeof",
    "vocab",
    "colspan",
    "rowspan",
    "datetime",
    "lang",
    "data-cfemail",
    "hidden",
    "style",
    "role",
  ],
);
const values = fc.oneof(
  fc.constantFrom(
    ...[
      "price",
      "add-to-cart",
      "og:title",
      "og:image",
      "application/ld+json",
      "mailto:a@b.example",
      "Product",
      "offers",
    ],
    ...[
      "https://x.com/a",
      "//[",
      "http://[::1",
      "%",
      "/url?q=https://a.example",
      "/a.ics",
      "rso",
      "a b",
      "0",
      "-1",
      "1e9",
    ],
    ...[
      "5b3a",
      "alternate",
      "icon",
      "x-klingon",
      "2026-13-45",
      "99999",
      "__proto__",
      "https://schema.org/Event",
      "rating",
    ],
  ),
  fc.string({ unit: "binary", maxLength: 12 }),
);
const texts = fc.oneof(
  fc.constantFrom(
    ...[
      '{"@type":"Product","offers":[{"price":"x"}],"image":{}}',
      '{"@graph":[[[]]],"@id":1}',
      "[null,1,[]]",
      "{",
    ],
    ...[
      "1.299,90 kr",
      "$19",
      "99",
      ",50",
      "By Ida, 14.03.2026",
      "4.7 out of 5",
      "a [at] b [dot] example",
      "@@@@@",
      "Add to cart",
      "€",
      "<!--",
      "]]>",
      "</",
      "&#x;",
    ],
  ),
  fc.string({ unit: "binary", maxLength: 30 }),
);
const attribute = fc
  .tuple(attributes, values)
  .map(([name, value]) => ` ${name}="${value.replaceAll('"', "")}"`);
const openTag = fc
  .tuple(names, fc.array(attribute, { maxLength: 4 }))
  .map(([name, given]) => `<${name}${given.join("")}>`);
const closeTag = names.map((name) => `</${name}>`);
const anyHtml = fc
  .array(fc.oneof(openTag, openTag, closeTag, texts), { maxLength: 60 })
  .map((parts) => parts.join(""));
const anyUrl = fc.oneof(
  fc.constantFrom("https://page.example/a?q=1", "about:blank", ""),
  fc.string({ maxLength: 20 }),
);

it("built-in parsers handle any HTML", () => {
  fc.assert(
    fc.property(anyHtml, anyUrl, (html, url) => {
      for (const parser of builtInParsers) expectOutputOrFailure(parser, html, url);
    }),
    { numRuns: 150 },
  );
});

it.each(['<svg><title><td><title><a class="price" class="price">', "<svg><title><p>text, more text"])(
  "built-in parsers handle %s",
  (html) => {
    for (const parser of builtInParsers) expectOutputOrFailure(parser, html, "https://page.example/");
  },
);

it("built-in parsers handle pages that are cut off anywhere", async () => {
  const paths = [
    "/structured/head",
    "/structured/json-ld",
    "/structured/unmarked-product",
    "/structure/tables",
  ];
  paths.push("/contact/events", "/contact/office", "/search?q=copper+kettle", "/news/market-hall");
  for (const path of paths) {
    const url = `${site}${path}`;
    const html = await (await fetch(url)).text();
    for (let end = 0; end < html.length; end += 401) {
      for (const parser of builtInParsers) expectOutputOrFailure(parser, html.slice(0, end), url);
    }
  }
});

/** What parser definitions are generated from. */
interface Ingredients {
  selector: fc.Arbitrary<string>;
  source: fc.Arbitrary<string>;
  pattern: fc.Arbitrary<string>;
  type: fc.Arbitrary<unknown>;
  transform: fc.Arbitrary<unknown>;
  group: fc.Arbitrary<number>;
  /** Whether properties that a type requires may be missing. */
  isWild: boolean;
}

const sane: Ingredients = {
  selector: fc.constantFrom(
    ...[
      "a",
      "*",
      "li > a",
      "> a",
      "a ~ b, :scope",
      ":has(> b)",
      ":not(:is(a,b))",
      ":nth-child(2n+1 of a)",
      ":root",
    ],
    ...[
      "[href^='x' i]",
      ":lang(en)",
      ":empty",
      "a:has(+ b):not([x])",
      "div",
      "p:first-of-type",
      ":contains(x)",
    ],
  ),
  source: fc.constantFrom("+ p", "~ *", "+ :has(a)"),
  pattern: fc.constantFrom("(a+)+$", "(?P<x>\\d+)", "(?i)([a-z]{1,3})", "(\\p{L}+)", "([^\\d]*)", "()"),
  type: fc.constantFrom<unknown>("text", "attribute", "html", "regex", "list", ["attribute", "regex"]),
  transform: fc.constantFrom<unknown>(
    ...["trim", "lowercase", "number", "price", "date", "url", ["trim", "date"], ["url", "price"]],
    { type: "regex", pattern: "(\\d+)", group: 1 },
  ),
  group: fc.integer({ min: 0, max: 1 }),
  isWild: false,
};

const text = fc.string({ unit: "binary", maxLength: 15 });
const wild: Ingredients = {
  selector: fc.oneof(
    sane.selector,
    text,
    fc.constantFrom("|a", "::before", "a||b", "", "//a", ",", ":nth-child(", ":x"),
  ),
  source: fc.oneof(sane.source, text),
  pattern: fc.oneof(
    sane.pattern,
    text,
    fc.constantFrom("(", "(?=a)", "((a{100}){100}){100}", "", "\\1", "[z-a]"),
  ),
  type: fc.oneof(sane.type, fc.constantFrom<unknown>("computed", 7, null, [], ["regex", "text"])),
  transform: fc.oneof(
    sane.transform,
    fc.constantFrom<unknown>("nope", null, [], ["price", "trim"], { type: "regex" }),
  ),
  group: fc.integer({ min: -1, max: 3 }),
  isWild: true,
};

function definitions(ingredients: Ingredients): fc.Arbitrary<object> {
  const { selector, source, pattern, type, transform, group, isWild } = ingredients;
  const shape = {
    name: fc.oneof(
      fc.constantFrom("a", "b", "__proto__", "constructor"),
      fc.string({ minLength: 1, maxLength: 9 }),
    ),
    ...{ type, selector, source, pattern, group, transform, default: fc.jsonValue(), required: fc.boolean() },
    attribute: fc.constantFrom("href", "class", "__proto__"),
  };
  const always = isWild
    ? (["name"] as const)
    : (["name", "type", "attribute", "pattern", "selector"] as const);
  const leaf: fc.Arbitrary<object> = fc.record(shape, { requiredKeys: [...always] });
  const { field } = fc.letrec<{ field: object; nested: object }>((tie) => ({
    field: fc.oneof({ maxDepth: 3 }, leaf, tie("nested")),
    nested: fc.record(
      {
        ...shape,
        type: fc.constantFrom("nested", "list", "nested_list"),
        fields: fc.array(tie("field"), { minLength: isWild ? 0 : 1, maxLength: 3 }),
      },
      { requiredKeys: [...always, "fields"] },
    ),
  }));
  const fields = fc.array(field, { minLength: 1, maxLength: 3 });
  return fc.record(
    { name: fc.constant("x"), baseSelector: selector, baseFields: fields, fields },
    { requiredKeys: ["name", "fields"] },
  );
}

it.each([
  ["wild", wild, 0],
  ["sane", sane, 60],
] as const)(
  "%s definitions are rejected with a reason, or run on any HTML",
  (_what, ingredients, atLeast) => {
    let valid = 0;
    fc.assert(
      fc.property(definitions(ingredients), anyHtml, (document, html) => {
        const read = givenParserDefinition.safeParse(document);
        if (!read.success) {
          for (const { message } of read.error.issues) expect(message).not.toBe("");
          return;
        }
        valid += 1;
        expectOutputOrFailure(read.data, html, "https://page.example/");
      }),
      { numRuns: 300 },
    );
    expect(valid).toBeGreaterThanOrEqual(atLeast);
  },
);

it("a value that is not a definition is rejected", () => {
  fc.assert(
    fc.property(fc.anything(), (document) => {
      expect(givenParserDefinition.safeParse(document).success).toBe(false);
    }),
  );
});
