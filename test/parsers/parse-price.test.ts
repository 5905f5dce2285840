import fc from "fast-check";
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

it("any text gives a finite amount and a code, or nothing", () => {
  const parts = [
    ..."$€£¥¢%-–.,:'/=()0123456789 ",
    "US$",
    "kr",
    "EUR",
    "TOP",
    "p",
    "ct",
    " to ",
    "was ",
    " off",
    "٫",
    "⁹⁹",
    "१",
    "元",
  ];
  const text = fc.array(fc.oneof(fc.constantFrom(...parts), fc.string({ unit: "binary", maxLength: 3 })));
  const language = fc.constantFrom("en", "de", "fr-CH", "ja", "ar", "pt-BR", "hi");
  fc.assert(
    fc.property(text, language, (written, language) => {
      const price = parsePrice(written.join(""), language);
      if (price === undefined) return;
      expect(price.amount).toSatisfy(Number.isFinite);
      expect(price.currency ?? "EUR").toMatch(/^[A-Z]{3}$/);
    }),
    { numRuns: 1000 },
  );
});
