/** How many values a JSON text has. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { countJsonValues } from "../../src/text/json-values.ts";

/** The same, of the parsed value. */
function valuesIn(value: unknown): number {
  const inner = typeof value === "object" && value !== null ? Object.values(value) : [];
  return inner.reduce((sum: number, each) => sum + valuesIn(each), 1);
}

it("counts the values of any JSON, whatever its strings hold", () => {
  const text = fc.string({ unit: fc.constantFrom('"', "\\", ",", "[", "{", "a", "é") });
  const any = fc.jsonValue({ stringUnit: fc.constantFrom('"', "\\", ",", "[", "{", "a", "é") });
  fc.assert(
    fc.property(any, text, fc.constantFrom(0, 2), (value, string, indent) => {
      const json = JSON.stringify([value, string, { [string]: value }], null, indent);
      expect(countJsonValues(json)).toBe(valuesIn(JSON.parse(json)));
    }),
  );
});

it("counts text that is not JSON, too, in linear time", () => {
  fc.assert(fc.property(fc.string(), (text) => countJsonValues(text) <= text.length + 1));
  expect(countJsonValues(`["${"\\".repeat(4_000_000)}`)).toBe(2);
  expect(countJsonValues(`${'"\\"'.repeat(1_000_000)}`)).toBe(1);
});
