import { describe, expect, it } from "vitest";
import { parsePrice } from "../../src/parsers/parse-price.ts";
import { writtenPrices, writtenWithoutPrice } from "./written-prices.ts";

describe("a price is read from", () => {
  for (const [kind, prices] of Object.entries(writtenPrices)) {
    it(kind, () => {
      const read = prices.map(([text, language]) => {
        const price = parsePrice(text, language);
        return [text, language, price?.amount, price?.currency];
      });
      expect(read).toEqual(prices);
    });
  }
});

it("there is no price in a text without one", () => {
  const found = writtenWithoutPrice.filter(([text, language]) => parsePrice(text, language) !== undefined);
  expect(found).toEqual([]);
});

it("only the beginning of a text is searched, so that any text takes little time", () => {
  expect(parsePrice(`${"1 ".repeat(200)}$5`, "en")).toEqual({ amount: 1, currency: null });
  for (const text of ["1,", "$1", "1 €", "-", "US$", "1.", "'1"]) parsePrice(text.repeat(1_000_000), "en");
});
