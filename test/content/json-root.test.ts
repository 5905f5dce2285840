/** The object at the root of `json_content`. */
import { expect, it } from "vitest";
import { withObjectRoot } from "../../src/content/json-root.ts";

it.each([
  ['{"a":[1]}', '{"a":[1]}'],
  [' \n{"a": 1}\n', ' \n{"a": 1}\n'],
  ["{}", "{}"],
  ["[1, 2]", '{"items":[1, 2]}'],
  ["\n[]\n", '{"items":[]}'],
  ['"text"', '{"value":"text"}'],
  ["12345678901234567890.10", '{"value":12345678901234567890.10}'],
  ["null", '{"value":null}'],
])("%j becomes %j", (given, expected) => {
  expect(withObjectRoot(given)).toBe(expected);
  expect(JSON.parse(expected)).toBeTypeOf("object");
});
