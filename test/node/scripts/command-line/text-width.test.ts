import { expect, test } from "vitest";
import { cut, oneLine, pad, widthOf } from "../../../../scripts/command-line/text-width.ts";

test("line breaks and control characters become spaces", () => {
  expect(oneLine("  one\n\ttwo\u001b[2Jthree\u202efour ")).toBe("one two [2Jthree four");
});

test.each([
  ["plain", 5],
  ["Östra Höjden", 12],
  ["e\u0301", 1],
  ["日本語", 6],
  ["한국", 4],
  ["🚂", 2],
  ["", 0],
])("%j is %d columns wide", (text, columns) => {
  expect(widthOf(text)).toBe(columns);
});

test.each([
  ["fits as it is", 13, "fits as it is"],
  ["is one too long", 14, "is one too lo…"],
  ["日本語です", 6, "日本…"],
])("cuts %j to %d columns", (text, columns, expected) => {
  expect(cut(text, columns)).toBe(expected);
  expect(widthOf(cut(text, columns))).toBeLessThanOrEqual(columns);
});

test("pads on the right or on the left", () => {
  expect(pad("日本", 6)).toBe("日本  ");
  expect(pad("12", 4, "right")).toBe("  12");
  expect(pad("longer", 4)).toBe("longer");
});
