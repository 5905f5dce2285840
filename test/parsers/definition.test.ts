/** Custom parsers: what their definitions extract from a page. */
import { describe, expect, it } from "vitest";
import { CapturedHtml, PageHtml } from "../../src/content/captured-html.ts";
import { givenParserDefinition } from "../../src/parsers/definition.ts";
import { ParserFailed, ParserOutputMissing } from "../../src/parsers/failure.ts";
import { runParser } from "../../src/parsers/run-parser.ts";

const url = "https://shop.example/list/page";

function run(document: object, html: string): unknown {
  const definition = givenParserDefinition.parse({ name: "Test", ...document });
  return JSON.parse(runParser(definition, { html: new PageHtml(html), url }));
}

/** The value of one field. */
function value(field: object, html: string): unknown {
  const answer = run(
    {
      fields: [
        { name: "it", ...field },
        { name: "page", type: "html" },
      ],
    },
    html,
  );
  return (answer as { it?: unknown }).it;
}

const shop = `
<div class="category" data-id="7">
  <h2 class="category-name">Electronics</h2>
  <div class="product">
    <h3 class="product-name">Telephone</h3><p class="product-price">$999.00</p>
    <div class="product-details"><span class="brand">Tin</span><span class="model">X-2000</span></div>
    <ul class="product-features"><li>Rings</li><li>Has a cord</li></ul>
    <div class="review"><span class="reviewer">A.</span><span class="rating">4.5</span></div>
    <div class="review"><span class="reviewer">B.</span><span class="rating">5</span></div>
    <ul class="related-products"><li><span class="related-name">Cord</span><span class="related-price">$9</span></li></ul>
  </div>
  <div class="product"><h3 class="product-name">Radio</h3></div>
</div>`;

it("HTML in the output has no marks of the browser", () => {
  const definition = givenParserDefinition.parse({
    name: "Test",
    fields: [{ name: "a", selector: "p", type: "html" }],
  });
  const captured = new CapturedHtml('<p class="x" data-trawl-hidden-k3y>a</p>', "k3y");
  const input = { html: captured.toPageHtml(), url };
  expect(JSON.parse(runParser(definition, input))).toEqual({ a: '<p class="x">a</p>' });
});

describe("a crawl4ai schema", () => {
  it("works unchanged: base elements and fields, nested objects, lists and nested lists", () => {
    const schema = {
      name: "E-commerce Product Catalog",
      baseSelector: "div.category",
      baseFields: [{ name: "data_cat_id", type: "attribute", attribute: "data-id" }],
      fields: [
        { name: "category_name", selector: "h2.category-name", type: "text" },
        {
          name: "products",
          selector: "div.product",
          type: "nested_list",
          fields: [
            { name: "name", selector: "h3.product-name", type: "text", transform: "uppercase" },
            {
              name: "price",
              selector: "p.product-price",
              type: "regex",
              pattern: "\\$([\\d.]+)",
              default: "unknown",
            },
            {
              name: "details",
              selector: "div.product-details",
              type: "nested",
              fields: [
                { name: "brand", selector: "span.brand", type: "text" },
                { name: "model", selector: "span.model", type: "text" },
              ],
            },
            {
              name: "features",
              selector: "ul.product-features li",
              type: "list",
              fields: [{ name: "feature", type: "text" }],
            },
            {
              name: "related",
              selector: "ul.related-products li",
              type: "list",
              fields: [{ name: "name", selector: "span.related-name", type: "text" }],
            },
          ],
        },
      ],
    };
    expect(run(schema, shop)).toEqual([
      {
        data_cat_id: "7",
        category_name: "Electronics",
        products: [
          {
            name: "TELEPHONE",
            price: "999.00",
            details: { brand: "Tin", model: "X-2000" },
            features: [{ feature: "Rings" }, { feature: "Has a cord" }],
            related: [{ name: "Cord" }],
          },
          { name: "RADIO", price: "unknown", details: {}, features: [], related: [] },
        ],
      },
    ]);
  });

  it("can start from a sibling, and chain several types", () => {
    const html = `<table><tr class="athing"><td><a class="titlelink" href="/item?id=12">One</a></td></tr>
      <tr><td><span class="score">250 points</span></td></tr>
      <tr class="athing"><td><a class="titlelink" href="/item?id=13">Two</a></td></tr></table>`;
    const schema = {
      baseSelector: "tr.athing",
      fields: [
        { name: "title", selector: "a.titlelink", type: "text" },
        { name: "id", selector: "a", type: ["attribute", "regex"], attribute: "href", pattern: "id=(\\d+)" },
        { name: "score", selector: "span.score", type: "text", source: "+ tr" },
      ],
    };
    expect(run(schema, html)).toEqual([
      { title: "One", id: "12", score: "250 points" },
      { title: "Two", id: "13" },
    ]);
  });
});

describe("a field", () => {
  it.each([
    ["text on one line", { type: "text", selector: "p" }, "<p>a <b>b</b>\n c<br>d</p>", "a b c d"],
    ["the first match", { type: "text", selector: "p" }, "<p>1</p><p>2</p>", "1"],
    ["HTML", { type: "html", selector: "p" }, "<p>a <b>b</b></p>", "<p>a <b>b</b></p>"],
    [
      "an attribute in any case",
      { type: "attribute", attribute: "HREF", selector: "a" },
      `<a href="x">`,
      "x",
    ],
    ["a list of texts", { type: "list", selector: "li" }, "<li>1</li><li></li><li>2</li>", ["1", "2"]],
    [
      "a list of attributes",
      { type: "list", selector: "a", attribute: "href", transform: "url" },
      `<a href="/x"></a><a></a>`,
      ["https://shop.example/x"],
    ],
    [
      "a list of numbers",
      { type: "list", selector: "li", transform: "number" },
      "<li>1,5</li><li>x</li>",
      [1.5],
    ],
    [
      "trimmed text",
      { type: "attribute", attribute: "a", selector: "p", transform: "trim" },
      `<p a="  x ">`,
      "x",
    ],
    [
      "a URL resolved against the base",
      { type: "attribute", attribute: "href", selector: "a", transform: "url" },
      `<base href="/other/"><a href="x">`,
      "https://shop.example/other/x",
    ],
    [
      "a price",
      { type: "text", selector: "p", transform: "price" },
      "<p>€1,299.90</p>",
      { amount: 1299.9, currency: "EUR" },
    ],
    [
      "a date in the page's language",
      { type: "text", selector: "p", transform: "date" },
      `<html lang="de"><p>14. März 2026</p></html>`,
      "2026-03-14",
    ],
    [
      "a group, then a number",
      { type: "text", selector: "p", transform: [{ type: "regex", pattern: "of (\\d+)" }, "number"] },
      "<p>3 of 12</p>",
      12,
    ],
    [
      "a group by its number",
      { type: "regex", selector: "p", pattern: "(\\d+) of (\\d+)", group: 2 },
      "<p>3 of 12</p>",
      "12",
    ],
    ["a whole match", { type: "regex", selector: "p", pattern: "\\d+" }, "<p>No. 3</p>", "3"],
    ["a default", { type: "text", selector: "u", default: ["none"] }, "<p></p>", ["none"]],
    ["nothing", { type: "text", selector: "u" }, "<p></p>", undefined],
    [
      "nothing if there is no number",
      { type: "text", selector: "p", transform: "number" },
      "<p>x</p>",
      undefined,
    ],
    [
      "an object with any key",
      { name: "it", type: "nested", fields: [{ name: "__proto__", type: "text", selector: "p" }] },
      "<p>x</p>",
      JSON.parse('{"__proto__":"x"}'),
    ],
    [
      "text selected by its content",
      { type: "text", selector: "li:-soup-contains('two')" },
      "<li>one</li><li>two!</li>",
      "two!",
    ],
    [
      "nothing for an attribute name that every object has",
      { type: ["attribute", "regex"], attribute: "__proto__", pattern: ".*", selector: "a" },
      "<a>",
      undefined,
    ],
    [
      "nothing for a selector with an attribute name that every object has",
      { type: "text", selector: "[constructor^=f]" },
      "<a>x</a>",
      undefined,
    ],
    [
      "text without that of scripts",
      { type: "text", selector: "div" },
      "<div>a<script>b</script></div>",
      "a",
    ],
  ])("can be %s", (_what, field, html, expected) => {
    expect(value(field, html)).toEqual(expected);
  });
});

describe("a required field", () => {
  const fields = [
    { name: "title", selector: "h2", type: "text", required: true },
    { name: "price", selector: ".price", type: "text" },
  ];

  it("makes the page fail with its name if it is not found", () => {
    const parsing = () => run({ fields }, "<p class=price>5</p>");
    expect(parsing).toThrow(ParserOutputMissing);
    expect(parsing).toThrow(/title/);
  });

  it("can be missing if another required field is found", () => {
    const both = [fields[0], { ...fields[1], required: true }];
    expect(run({ fields: both }, "<p class=price>5</p>")).toEqual({ price: "5" });
  });

  it("removes list entries without it", () => {
    const html = "<li><h2>A</h2></li><li><p class=price>5</p></li>";
    expect(run({ baseSelector: "li", fields }, html)).toEqual([{ title: "A" }]);
  });

  it("does not count as found by its default", () => {
    const withDefault = [{ ...fields[0], default: "untitled" }, fields[1]];
    expect(() => run({ fields: withDefault }, "<p class=price>5</p>")).toThrow(ParserOutputMissing);
  });

  it("can be any field if none is marked as required", () => {
    const unmarked = fields.map(({ name, selector, type }) => ({ name, selector, type }));
    expect(run({ fields: unmarked }, "<p class=price>5</p>")).toEqual({ price: "5" });
    expect(() => run({ fields: unmarked }, "<p>5</p>")).toThrow(ParserOutputMissing);
    expect(() => run({ baseSelector: "li", fields: unmarked }, "<p>5</p>")).toThrow(ParserOutputMissing);
  });
});

describe("a parser that would take too long", () => {
  const flat = `<div>${'<b data-x="y"></b>'.repeat(60_000)}</div>`;
  const nestedText = `${"<div>".repeat(500)}${"text ".repeat(100_000)}${"</div>".repeat(500)}`;
  const all = (selector: string, inner: object = { name: "a", type: "text" }) => ({
    fields: [{ name: "all", type: "list", selector, fields: [inner] }],
  });

  it.each([
    ["siblings of siblings", all("b ~ b ~ b:last-child ~ b"), flat],
    ["siblings of each", all("b", { name: "a", type: "text", selector: "~ b:nth-child(60000)" }), flat],
    ["positions counted again for each", all("b:nth-last-child(odd):nth-child(3n)"), flat],
    [
      "each element in each",
      all("div", { name: "a", type: "list", selector: "div", fields: [{ name: "b", type: "text" }] }),
      nestedText,
    ],
    ["text of all nested elements", all("*", { name: "a", type: "text" }), nestedText],
    [
      "a long pattern on long texts",
      all("div", { name: "a", type: "regex", pattern: "(?:[a-z]+ ?){50}z" }),
      nestedText,
    ],
    ["HTML of all nested elements", all("*", { name: "a", type: "html" }), nestedText],
    [
      "long attributes searched from every element",
      all("b", { name: "a", type: "text", selector: "~ [title*=zz]" }),
      `${flat}<i title="${"z ".repeat(500_000)}"></i>`,
    ],
  ])("is stopped: %s", (_what, document, html) => {
    expect(() => run(document, html)).toThrow(ParserFailed);
  });

  it("fails with the limit if the page is too large", () => {
    expect(() => run(all("b"), "x".repeat(7 * 1024 * 1024))).toThrow(/6291456/);
    expect(() => run(all("b"), "<b>".repeat(400_000))).toThrow(/300000/);
  });
});
