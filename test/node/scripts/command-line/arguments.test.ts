import { describe, expect, test } from "vitest";
import { parseArguments, UsageError, wholeNumber } from "../../../../scripts/command-line/arguments.ts";

describe("parseArguments", () => {
  const options = { name: { type: "string" }, keep: { type: "boolean" } } as const;

  test("returns values", () => {
    expect(parseArguments({ args: ["--name", "a", "--keep"], options }).values).toEqual({
      name: "a",
      keep: true,
    });
  });

  test.each([
    [["--other"], "Unknown option --other."],
    [["--name"], "Option --name <value> argument missing."],
    [["--name", "--keep"], "Option --name argument is ambiguous."],
    [["--keep=yes"], "Option --keep does not take an argument."],
    [["word"], "Unexpected argument word."],
  ])("explains %j in one sentence", (args, message) => {
    const parse = () => parseArguments({ args, options });
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(new RegExp(`^${message}$`));
  });
});

describe("wholeNumber", () => {
  test("accepts both ends of the range", () => {
    expect(wholeNumber("--port", "1", { max: 9 })).toBe(1);
    expect(wholeNumber("--port", "9", { max: 9 })).toBe(9);
  });

  test.each(["", "0", "10", "-1", "1.5", "1e0", "0x1", "one"])("rejects %j", (given) => {
    expect(() => wholeNumber("--port", given, { max: 9 })).toThrow(
      new UsageError(`--port must be a whole number from 1 to 9, got ${JSON.stringify(given)}.`),
    );
  });

  test("names the minimum if there is no maximum", () => {
    expect(() => wholeNumber("--runs", "x")).toThrow("--runs must be a whole number of at least 1");
  });
});
