/** Prices and numbers whose parts are elements of their own. */
import { describe, expect, it } from "vitest";
import { CapturedHtml } from "../../src/content/captured-html.ts";
import { givenParserDefinition } from "../../src/parsers/definition.ts";
import { runParser } from "../../src/parsers/run-parser.ts";
import { parseHtml } from "./parse-page.ts";

/** `[block]` in the HTML is the browser's mark of an element laid out as a block. */
function read(html: string, transform: string, type = "text"): unknown {
  const definition = givenParserDefinition.parse({
    name: "Test",
    fields: [{ name: "it", selector: "body > *", type, transform, pattern: "(\\d+)" }],
  });
  const marked = `<html lang="en" data-trawl-rendered-k3y><body>${html.replaceAll("[block]", "data-trawl-block-k3y")}`;
  const page = new CapturedHtml(marked, "k3y").toPageHtml();
  return JSON.parse(runParser(definition, { html: page, url: "https://page.example/" })).it;
}

const split =
  '<p><span class="symbol">$</span><span class="whole">1,299<span class="point">.</span></span><span class="fraction">95</span></p>';

describe("a price is read from", () => {
  it.each([
    ["raised cents", "<p>$24<sup>95</sup></p>", 24.95, "USD"],
    ["raised cents after a space", "<p>$24 <sup>95</sup></p>", 24.95, "USD"],
    ["raised cents with a currency", "<p>24<sup>95 €</sup></p>", 24.95, "EUR"],
    ["raised cents after a raised currency", "<p><sup>£</sup>24<sup>95</sup></p>", 24.95, "GBP"],
    ["raised cents with their mark", "<p>24<sup>,95</sup> €</p>", 24.95, "EUR"],
    ["raised cents after their mark", "<p>24,<sup>95</sup> €</p>", 24.95, "EUR"],
    ["raised cents after thousands", "<p>1.299<sup>95</sup> €</p>", 1299.95, "EUR"],
    ["cents and a unit", "<p>$4<sup>95</sup>/lb</p>", 4.95, "USD"],
    ["an element for each part", split, 1299.95, "USD"],
    ["parts without a mark", "<p><b>$</b><b>24</b><b>95</b></p>", 24.95, "USD"],
    ["cents with a class", '<p>24 <span class="price-cents">95</span> €</p>', 24.95, "EUR"],
    ["parts in a flex box", "<p><b [block]>$</b><b [block]>24</b><b [block]>95</b></p>", 24.95, "USD"],
    ["a price with the number of a note", "<p>$24.95<sup>1</sup></p>", 24.95, "USD"],
    ["a price with a former one", "<p><del>$30.00</del> <ins>$24.95</ins></p>", 24.95, "USD"],
    ["a former price alone", "<p><s>$30.00</s></p>", 30, "USD"],
    ["a price beside a quantity", "<p><b [block]>$24</b><i [block]>3</i></p>", 24, "USD"],
    ["a price and a percentage", '<p>$24 <i class="percent">15%</i></p>', 24, "USD"],
  ])("%s", (_what, html, amount, currency) => {
    expect(read(html, "price")).toEqual({ amount, currency });
  });

  it("a product page with raised cents", () => {
    const html = `<main><h1>Stool</h1><p class="price">€24<sup>95</sup></p><button>Add to cart</button></main>`;
    expect(parseHtml("product", html)).toMatchObject({ price: 24.95, currency: "EUR" });
  });
});

describe("a number is read from", () => {
  it.each([
    ["raised cents", "<p>24<sup>95</sup></p>", 24.95],
    ["one with an exponent", "<p>10<sup>6</sup></p>", 10],
    ["digits that stand together", "<p><b>1</b><b>2</b><b>3</b></p>", 123],
    ["digits of which some are bold", "<p>1<b>2</b>34</p>", 1234],
  ])("%s", (_what, html, number) => {
    expect(read(html, "number")).toBe(number);
  });

  it("what a pattern finds in the text as it is", () => {
    expect(read("<p>24<sup>95</sup></p>", "number", "regex")).toBe(2495);
  });
});
