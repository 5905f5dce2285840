/** The terms of an account, as an operator gives them on the command line. */
import { expect, it } from "vitest";
import { accountTerms } from "../../src/account/terms.ts";

const read: [term: string, text: string, value: unknown][] = [
  ["creditLimit", "0", 0],
  ["creditLimit", "1000000000", 1_000_000_000],
  ["creditLimit", "unlimited", null],
  ["rateUsd", "0", 0],
  ["rateUsd", "0.001", 0.001],
  ["rateUsd", "12", 12],
  ["maxBatchItems", "1", 1],
  ["maxBatchItems", "none", null],
  ["grantedParsers", "@trawl/article", ["@trawl/article"]],
  ["grantedParsers", "a, b", ["a", "b"]],
  ["grantedParsers", "all", null],
  ["grantedCountries", "de,US", ["DE", "US"]],
  ["grantedCountries", "all", null],
];
it.each(read)("%s %j is read as %j", (term, text, value) => {
  expect(accountTerms.parse({ [term]: text })).toEqual({ [term]: value });
});

const refused: [term: string, text: string][] = [
  ["creditLimit", ""],
  ["creditLimit", "-1"],
  ["creditLimit", "1.5"],
  ["creditLimit", "1e3"],
  ["creditLimit", "none"],
  ["creditLimit", "9".repeat(16)],
  ["rateUsd", "1,5"],
  ["rateUsd", "-1"],
  ["rateUsd", "free"],
  ["rateUsd", "unlimited"],
  ["maxBatchItems", "0"],
  ["maxBatchItems", "many"],
  ["grantedParsers", ""],
  ["grantedParsers", "a,,b"],
  ["grantedCountries", "XX"],
  ["grantedCountries", "DE,"],
  ["grantedCountries", "RANDOM"],
];
it.each(refused)("%s %j is refused with an error that shows what was given", (term, text) => {
  const { error } = accountTerms.safeParse({ [term]: text });
  expect(error?.issues).toMatchObject([
    { path: [term], message: expect.stringMatching(/^must be .* was given$/) },
  ]);
  expect(error?.issues[0]?.message).toContain(`${JSON.stringify(text)} was given`);
});

it("a term that is not given is left out", () => {
  expect(accountTerms.parse({})).toEqual({});
});
