/** Parses prices as people write them: €1,299.90 and 1 299,90 kr and USD 12. */
import { parseNumber } from "./parse-number.ts";

export interface Price {
  amount: number;
  /** In ISO 4217, or null if unknown. */
  currency: string | null;
}

/** Characters of a text that are searched. Prices are short. */
const MAX_CHARACTERS = 200;

/** The first price in `text`, or undefined if there is no number. `language` decides what `$` or `kr` means. */
export function parsePrice(text: string, language: string): Price | undefined {
  const start = text.slice(0, MAX_CHARACTERS);
  const amount = parseNumber(start);
  return amount === undefined ? undefined : { amount, currency: currencyIn(start, language) };
}

const codes = new Set(Intl.supportedValuesOf("currency"));

/** The currency named in `text` by its code or a symbol, or null. */
export function currencyIn(text: string, language: string): string | null {
  for (const [code] of text.toUpperCase().matchAll(/(?<!\p{L})\p{L}{3}(?!\p{L})/gu)) {
    if (codes.has(code)) return code;
  }
  const known = symbolsOf(language);
  for (const [symbol] of text.matchAll(/[\p{L}.]*\p{Sc}|\p{L}[\p{L}.]*/gu)) {
    const currency = known.get(symbol) ?? known.get(symbol.replace(/\.$/, ""));
    if (currency) return currency;
  }
  const [sign] = /\p{Sc}/u.exec(text) ?? [];
  return (sign !== undefined && known.get(sign)) || null;
}

const symbols = new Map<string, Map<string, string>>();
const MAX_LANGUAGES = 20;

/** Currencies by their symbols in a language (`kr` is the Swedish krona in Swedish), then in English. */
function symbolsOf(language: string): Map<string, string> {
  const known = symbols.get(language);
  if (known) return known;
  const made = new Map<string, string>();
  for (const [locale, display] of [
    [language, "symbol"],
    ["en", "symbol"],
    [language, "narrowSymbol"],
  ] as const) {
    for (const currency of codes) {
      const format = new Intl.NumberFormat(locale, { style: "currency", currency, currencyDisplay: display });
      const symbol = format.formatToParts(0).find(({ type }) => type === "currency")?.value ?? currency;
      if (symbol !== currency && !made.has(symbol)) made.set(symbol, currency);
    }
  }
  if (symbols.size >= MAX_LANGUAGES) symbols.clear();
  symbols.set(language, made);
  return made;
}
