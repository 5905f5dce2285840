/** The terms of an account that an operator can set, as given on a command line. */
import * as z from "zod";
import { countries } from "../text/country-codes.ts";

/**
 * An option whose text `read` turns into a value.
 *
 * @param rule what the text must be, for the error
 * @param read returns undefined if the text breaks the rule
 * @param word stands for null
 */
function text<T>(rule: string, read: (text: string) => T | undefined, word?: string) {
  return z
    .string()
    .transform((text, ctx): T | null => {
      if (text === word) return null;
      const value = read(text);
      if (value !== undefined) return value;
      const message = `must be ${rule}; ${JSON.stringify(text)} was given`;
      ctx.issues.push({ code: "custom", message, input: text });
      return z.NEVER;
    })
    .optional();
}

const wholeNumber = (min: number) => (text: string) =>
  /^[0-9]{1,15}$/.test(text) && Number(text) >= min ? Number(text) : undefined;

const price = (text: string) => (/^[0-9]{1,6}(\.[0-9]{1,12})?$/.test(text) ? Number(text) : undefined);

const list = (text: string) => text.split(",").map((part) => part.trim());

const parserIds = (text: string) => (list(text).includes("") ? undefined : list(text));

const countryCodes = (text: string) => {
  const codes = list(text.toUpperCase());
  return codes.every((code) => countries.has(code)) ? codes : undefined;
};

export const accountTerms = z.object({
  /** Credits the account may use in its lifetime. */
  creditLimit: text("a whole number of credits, or unlimited", wholeNumber(0), "unlimited"),
  /** US dollars per credit. */
  rateUsd: text("a price in US dollars, such as 0.001", price).transform((rate) => rate ?? undefined),
  /** Most items in a batch. */
  maxBatchItems: text("a whole number from 1, or none", wholeNumber(1), "none"),
  /** Ids of built-in parsers. */
  grantedParsers: text("comma-separated parser ids, or all", parserIds, "all"),
  grantedCountries: text("comma-separated ISO 3166-1 alpha-2 codes, or all", countryCodes, "all"),
});
