/** Parsing of numbers, prices and dates as people write them. */
import { describe, expect, it } from "vitest";
import { parseDate } from "../../src/parsers/parse-date.ts";
import { parseNumber } from "../../src/parsers/parse-number.ts";
import { parsePrice } from "../../src/parsers/parse-price.ts";

describe("a number", () => {
  it.each([
    ["1,234.5", "en", 1234.5],
    ["1.234,5", "de", 1234.5],
    ["1 234,5", "fr", 1234.5],
    ["1’234.50", "de-CH", 1234.5],
    ["12,34,567.8", "hi", 1234567.8],
    ["1.234", "en", 1.234],
    ["1.234", "de", 1234],
    ["1,234", "de", 1.234],
    ["1,234,567", "en", 1234567],
    ["about 3 of 10", "en", 3],
    ["−5 °C", "en", -5],
    ["0,99", "de", 0.99],
    ["١٬٢٣٤٫٥", "ar", 1234.5],
    ["no digits", "en", undefined],
    ["", "en", undefined],
    ["9".repeat(400), "en", undefined],
  ])("is read from %j in %s as %j", (text, language, number) => {
    expect(parseNumber(text, language)).toBe(number);
  });
});

describe("a price", () => {
  it.each([
    ["€89.50", "en", 89.5, "EUR"],
    ["1.299,90 €", "de", 1299.9, "EUR"],
    ["1.299", "en", 1299, null],
    ["$1,299", "en", 1299, "USD"],
    ["$1,299", "en-CA", 1299, "CAD"],
    ["CA$12", "en", 12, "CAD"],
    ["1 299,90 kr", "sv", 1299.9, "SEK"],
    ["1 299,90 kr.", "da", 1299.9, "DKK"],
    ["£5", "de", 5, "GBP"],
    ["¥1,200", "ja", 1200, "JPY"],
    ["12 zł", "pl", 12, "PLN"],
    ["CHF 12.50", "de", 12.5, "CHF"],
    ["usd 3", "en", 3, "USD"],
    ["From 12", "en", 12, null],
  ])("is read from %j in %s as %d %s", (text, language, amount, currency) => {
    expect(parsePrice(text, language)).toEqual({ amount, currency });
  });

  it("is undefined without a number", () => {
    expect(parsePrice("free", "en")).toBeUndefined();
  });
});

describe("a date", () => {
  it.each([
    ["2026-03-14", "en", "2026-03-14"],
    ["2026-03-14T07:30:00Z", "en", "2026-03-14T07:30:00Z"],
    ["2026-03-14 07:30 +0100", "en", "2026-03-14T07:30+01:00"],
    ["Published March 14, 2026", "en", "2026-03-14"],
    ["14 Mar 2026", "en", "2026-03-14"],
    ["Sat, 14 Mar 2026 07:30:00 GMT", "en", "2026-03-14"],
    ["3/4/2026", "en-US", "2026-03-04"],
    ["3/4/2026", "en-GB", "2026-04-03"],
    ["13/4/2026", "en-US", "2026-04-13"],
    ["04.02.2026", "de", "2026-02-04"],
    ["14. März 2026", "de", "2026-03-14"],
    ["14 mars 2026", "fr", "2026-03-14"],
    ["14 марта 2026 г.", "ru", "2026-03-14"],
    ["2026年3月14日", "ja", "2026-03-14"],
    ["2026. 3. 14.", "ko", "2026-03-14"],
    ["2026-02-30", "en", undefined],
    ["3 days ago", "en", undefined],
    ["since March 2026", "en", undefined],
  ])("is read from %j in %s as %s", (text, language, date) => {
    expect(parseDate(text, language)).toBe(date);
  });
});
