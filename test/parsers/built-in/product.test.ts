import { describe, expect, it } from "vitest";
import { ParserOutputMissing } from "../../../src/parsers/failure.ts";
import { parseHtml, parsePage } from "../parse-page.ts";

describe("@trawl/product", () => {
  it("reads JSON-LD", async () => {
    expect(await parsePage("product", "/shop/kettles/enamel-camp-kettle")).toEqual({
      name: "Enamel Camp Kettle 2 l",
      ...{ price: 31.25, currency: "EUR", availability: "OutOfStock", brand: "Fernway" },
      description: "Steel under two coats of enamel, for stoves and open fires.",
      sku: "enamel-camp-kettle",
      rating: { value: 4.1, count: 45 },
      url: "SITE/shop/kettles/enamel-camp-kettle",
      images: ["SITE/assets/img/enamel-camp-kettle.png"],
    });
  });

  it("reads a JSON-LD graph, with the price range of its offers", async () => {
    expect(await parsePage("product", "/structured/json-ld")).toEqual({
      ...{ name: "Cup without a handle", price: 9, price_high: 14, currency: "EUR", images: [] },
    });
  });

  it("reads RDFa", async () => {
    expect(await parsePage("product", "/structured/rdfa")).toEqual({
      name: "Walnut tea tray",
      ...{ price: 58, currency: "USD", availability: "PreOrder", brand: "Low Kiln" },
      description: "One board, two handles, oiled by hand.",
      rating: { value: 4.2, best: 5, count: 17 },
      images: ["SITE/assets/img/tray.png"],
    });
  });

  it("recognizes a product page without structured data", async () => {
    expect(await parsePage("product", "/structured/unmarked-product")).toMatchObject({
      name: "Folding stool",
      ...{ price: 1299.9, currency: "SEK", availability: "InStock", brand: "Fernway" },
      rating: { value: 4.7, best: 5, count: 38 },
      images: ["SITE/assets/img/stool.png", "SITE/assets/img/stool-open.png"],
    });
  });

  it("reads the current price, not a former one", () => {
    const html = `<html lang="sv"><main><h1>Pall</h1><div class="prices"><s class="old-price">1 499,00 kr</s>
      <span class="price">1 299,90 kr</span></div><button>Lägg i varukorgen</button></main></html>`;
    expect(parseHtml("product", html)).toMatchObject({ name: "Pall", price: 1299.9, currency: "SEK" });
  });

  it("reads the price of an offer whose list price is stated, too, and a currency's symbol", () => {
    const list = { price: 50, priceCurrency: "€", priceType: "https://schema.org/ListPrice" };
    const offers = { priceSpecification: [list, { price: "39.90", priceCurrency: "€" }] };
    const product = JSON.stringify({ "@type": "Product", name: "Kettle", offers });
    expect(parseHtml("product", `<script type="application/ld+json">${product}</script>`)).toEqual({
      ...{ name: "Kettle", price: 39.9, currency: "EUR", images: [] },
    });
  });

  it("reads the amount in a meta element with a decimal point, whatever the page's language", () => {
    const html = `<html lang="de"><meta property="product:price:amount" content="1299.500">
      <meta property="product:price:currency" content="EUR"><h1>Stuhl</h1></html>`;
    expect(parseHtml("product", html)).toMatchObject({ price: 1299.5, currency: "EUR" });
  });

  it.each(["/news/market-hall", "/shop/", "/shop/delivery"])("finds no product on %s", async (path) => {
    await expect(parsePage("product", path)).rejects.toThrow(ParserOutputMissing);
  });
});
