/** `POST /v1/parsers`: the rules of a parser's definition. */
import { describe, expect, it } from "vitest";
import { newCaller } from "./caller.ts";
import { kettles, newParser } from "./custom-parsers.ts";

describe("a parser definition", () => {
  const field = { name: "a", type: "text" };
  const faults: [what: string, body: object, path: string, message: RegExp][] = [
    ["no name", { fields: [field] }, "name", /^Is required\.$/],
    ["no fields", { name: "x" }, "fields", /^Is required\.$/],
    ["an empty list of fields", { name: "x", fields: [] }, "fields", /at least 1 element; got 0/],
    ["a price of zero", { name: "x", credits: 0, fields: [field] }, "credits", /at least 1; got 0/],
    [
      "a price of half a credit",
      { name: "x", credits: 1.5, fields: [field] },
      "credits",
      /a whole number; got 1.5/,
    ],
    [
      "a broken selector",
      { name: "x", baseSelector: "li[", fields: [field] },
      "baseSelector",
      /CSS selector; got "li\[":/,
    ],
    ["XPath", { name: "x", fields: [{ ...field, selector: "//li" }] }, "fields[0].selector", /XPath/],
    [
      "an unknown type",
      { name: "x", fields: [{ name: "a", type: "texts" }] },
      "fields[0].type",
      /one of text, attribute.*got "texts"/,
    ],
    [
      "a computed field",
      { name: "x", fields: [{ name: "a", type: "computed", expression: "1" }] },
      "fields[0].type",
      /Python/,
    ],
    [
      "no attribute",
      { name: "x", fields: [{ name: "a", type: "attribute" }] },
      "fields[0].attribute",
      /Is required: the field "a"/,
    ],
    [
      "a broken pattern",
      { name: "x", fields: [{ name: "a", type: "regex", pattern: "(" }] },
      "fields[0].pattern",
      /RE2/,
    ],
    [
      "look-ahead",
      { name: "x", fields: [{ name: "a", type: "regex", pattern: "a(?=b)" }] },
      "fields[0].pattern",
      /RE2/,
    ],
    [
      "a group that the pattern does not have",
      { name: "x", fields: [{ name: "a", type: "regex", pattern: "(a)", group: 2 }] },
      "fields[0].group",
      /at most 1.*got 2/,
    ],
    [
      "an unknown transform",
      { name: "x", fields: [{ ...field, transform: "upper" }] },
      "fields[0].transform",
      /trim, strip/,
    ],
    [
      "text after a number",
      { name: "x", fields: [{ ...field, transform: ["number", "trim"] }] },
      "fields[0].transform[0]",
      /last/,
    ],
    ["a duplicate name", { name: "x", fields: [field, field] }, "fields[1].name", /unique/],
    [
      "a nested field without fields",
      { name: "x", fields: [{ name: "a", type: "nested", selector: "p" }] },
      "fields[0].fields",
      /Is required: the field "a"/,
    ],
    [
      "a fault in a nested field",
      {
        name: "x",
        fields: [{ name: "a", type: "nested", fields: [{ name: "b", type: "text", selector: ">>" }] }],
      },
      "fields[0].fields[0].selector",
      /CSS selector/,
    ],
  ];

  it.each(faults)("is refused with the path of the fault: %s", async (_what, body, path, message) => {
    const { call } = await newCaller();
    const answer = await call("POST", "/v1/parsers", { body });
    expect(answer.body).toMatchObject({ status: 400, code: "validation_error" });
    const fault = answer.body.errors.find((error: { path: string }) => error.path === path);
    expect(fault?.message, answer.text).toMatch(message);
  });

  it("is refused when it is nested too deeply", async () => {
    const { call } = await newCaller();
    const body = `${'{"name":"x","type":"nested","fields":['.repeat(20_000)}${"]}".repeat(20_000)}`;
    const headers = { "Content-Type": "application/json" };
    expect((await call("POST", "/v1/parsers", { body, headers })).body).toMatchObject({
      code: "validation_error",
    });
  });

  it("is refused when it is too long in total", async () => {
    const { call } = await newCaller();
    const fields = Array.from({ length: 200 }, (_, i) => ({
      name: `f${i}`,
      type: "text",
      default: "x".repeat(600),
    }));
    const { body } = await call("POST", "/v1/parsers", { body: { name: "x", fields } });
    expect(body.detail).toMatch(/at most 100000 characters/);
  });

  it("can have null for an absent field", async () => {
    const caller = await newCaller();
    const body = {
      ...kettles,
      baseFields: null,
      fields: [{ ...kettles.fields[0], transform: null, default: null }],
    };
    await newParser(caller, body);
  });
});
