import { describe, expect, it } from "vitest";
import { parseHtml, parsePage } from "../parse-page.ts";

describe("@trawl/structured-data", () => {
  it("reads unusual JSON-LD, and skips invalid blocks", async () => {
    expect(await parsePage("structured-data", "/structured/json-ld")).toEqual({
      json_ld: [
        {
          "@context": "https://schema.org",
          "@graph": [
            { "@type": "WebSite", "@id": "#site", name: "Specimen garden" },
            {
              "@type": ["Product", "IndividualProduct"],
              "@id": "#cup",
              name: "Cup without a handle",
              offers: { "@id": "#offer" },
            },
            {
              "@type": "AggregateOffer",
              "@id": "#offer",
              lowPrice: 9,
              highPrice: 14,
              priceCurrency: "eur",
              offerCount: 3,
            },
          ],
        },
        { "@context": "http://schema.org/", "@type": "BreadcrumbList", itemListElement: [] },
        {
          "@context": "https://schema.org",
          "@type": "Recipe",
          name: "Tea with </ script> in its name",
          recipeIngredient: ["water", "leaves"],
        },
        { "@type": "Thing", name: "Tab in a string" },
      ],
      microdata: [],
      rdfa: [],
    });
  });

  it("reads nested Microdata, including parts referenced from elsewhere on the page", async () => {
    expect(await parsePage("structured-data", "/structured/microdata")).toEqual({
      json_ld: [],
      microdata: [
        {
          "@type": "Recipe",
          "@id": "urn:recipe:7",
          recipeYield: "4 bowls",
          name: "Nettle soup",
          author: { "@type": "Organization", name: "Forage club" },
          cookTime: "PT25M",
          recipeIngredient: ["young nettles", "potatoes"],
          nutrition: { "@type": "NutritionInformation", calories: "180" },
          score: "0.8",
          url: "SITE/structured/soup",
        },
        { untyped: "No type at all", name: "No type at all" },
      ],
      rdfa: [],
    });
  });

  it("reads RDFa", async () => {
    expect(await parsePage("structured-data", "/structured/rdfa")).toEqual({
      json_ld: [],
      microdata: [],
      rdfa: [
        {
          "@type": "Product",
          "@id": "#tray",
          name: "Walnut tea tray",
          image: "SITE/assets/img/tray.png",
          description: "One board, two handles, oiled by hand.",
          brand: { "@type": "Brand", name: "Low Kiln" },
          offers: {
            "@type": "Offer",
            price: "58.00",
            priceCurrency: "USD",
            availability: "https://schema.org/PreOrder",
          },
          aggregateRating: {
            "@type": "AggregateRating",
            ratingValue: "4.2",
            bestRating: "5",
            ratingCount: "17",
          },
        },
      ],
    });
  });

  it("stops at Microdata that references itself", () => {
    const html = `<div itemscope itemref="b" id="a"><b itemprop="x">1</b></div>
      <div id="b" itemprop="child" itemscope itemref="b c"><i itemprop="y">2</i></div><p id="c" itemprop="z">3</p>`;
    expect(parseHtml("structured-data", html)).toMatchObject({
      microdata: [{ x: "1", child: { y: "2", z: "3" } }],
    });
  });
});
