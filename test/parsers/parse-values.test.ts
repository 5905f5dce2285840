/** Parsing of numbers and dates as people write them. For prices, see parse-price.test.ts. */
import { describe, expect, it } from "vitest";
import { parseDate, statedDate } from "../../src/parsers/parse-date.ts";
import { parseNumber } from "../../src/parsers/parse-number.ts";

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
    ["−\u00a05 °C", "en", -5],
    ["at -5 °C", "en", -5],
    ["–5 °C", "de", -5],
    ["-$5", "en", -5],
    ["$-5", "en", -5],
    ["Berths – 14", "en", 14],
    ["Quay-7", "en", 7],
    ["10-20", "en", 10],
    [".75", "en", 0.75],
    ["from ,5 m", "de", 0.5],
    ["0.125", "de", 0.125],
    ["1299.000", "en", 1299],
    ["Version 2.14.0", "en", 2],
    ["14.03.2026", "de", 14],
    ["1\u202f234,5", "fr", 1234.5],
    ["1\u2009234", "en", 1234],
    ["１，２３４", "ja", 1234],
    ["20%", "en", 20],
    ["0,99", "de", 0.99],
    ["١٬٢٣٤٫٥", "ar", 1234.5],
    ["no digits", "en", undefined],
    ["", "en", undefined],
    ["9".repeat(400), "en", undefined],
  ])("is read from %j in %s as %j", (text, language, number) => {
    expect(parseNumber(text, language)).toBe(number);
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

describe("a date stated for machines", () => {
  it.each([
    ["2026-03-14T07:30:00+01:00", "2026-03-14T07:30:00+01:00"],
    ["2026/03/14", "2026-03-14"],
    ["20260314", "2026-03-14"],
    ["2026/03", "2026-03"],
    ["2026", "2026"],
    ["Sat, 14 Mar 2026 07:30:00 GMT", "2026-03-14T07:30:00Z"],
    ["Sat, 14 Mar 2026 07:30:00 +0100", "2026-03-14T06:30:00Z"],
    ["March 14, 2026", "2026-03-14"],
    ["2026-13", undefined],
    ["soon", undefined],
  ])("is read from %j as %s", (text, date) => {
    expect(statedDate(text, "en")).toBe(date);
  });
});
