/** Recognizes currencies as people write them beside an amount: €, R$, kr, CHF, Euro. */

const codes = new Set(Intl.supportedValuesOf("currency"));

/** Codes that are no words, so they count in lower case too, and anywhere in a text. */
const commonCodes = new Set(
  (
    "AED ARS AUD BGN BRL CAD CHF CLP CNY CZK DKK EUR GBP HKD HUF IDR INR JPY KRW MXN MYR NOK NZD PLN RUB " +
    "SAR SEK SGD THB TWD UAH USD VND ZAR"
  ).split(" "),
);

/** Codes that are words in English, and often come before a number: `TOP 10`. */
const wordCodes = new Set(["ALL", "TOP"]);

/** Names and symbols that mean the same in every language, without periods and spaces. */
const names = new Map(
  Object.entries({
    USD: "US$ $US USD$ U$S 美元",
    CAD: "C$ CA$ $CA Can$ CAN$ CDN$",
    AUD: "AU$ $AU",
    NZD: "$NZ",
    SGD: "S$ SG$ $SG",
    MXN: "Mex$",
    EUR: "euro euros евро ευρώ 欧元",
    CHF: "Fr SFr Franken",
    JPY: "円 日元 yen",
    CNY: "RMB 元 人民币 人民元 yuan",
    KRW: "원",
    INR: "Rs ₨ rupees",
    PLN: "zł zl złoty złote złotych",
    CZK: "Kč Kc korun",
    HUF: "Ft forint",
    RON: "lei leu",
    BGN: "лв",
    RUB: "руб рублей рубля р",
    UAH: "грн",
    RSD: "дин",
    TRY: "TL lira",
    MYR: "RM",
    IDR: "Rp",
    PEN: "S/",
    AED: "Dhs Dh",
    PHP: "Php",
    KES: "KSh Ksh",
    KWD: "KD",
    IRR: "ریال",
    THB: "บาท",
    VND: "đ đồng",
  }).flatMap(([code, words]) => words.split(" ").map((word) => [word, code] as const)),
);

/** Words for the currency whose symbol is `$`. */
const dollars = new Set(["dollar", "dollars"]);

/** A place in a text that names a currency. */
export interface CurrencyMention {
  currency: string;
  /** By its code, which is exact: `$` may be one of many currencies. */
  isCode: boolean;
  start: number;
  end: number;
}

const word =
  /(?<!\p{L})(?:\p{L}{1,4}\.?|\p{Lu}{2,3}\s)?\p{Sc}(?:\s?(?:US|CA|AU|NZ|HK|SG)(?!\p{L}))?|\p{Sc}|(?<!\p{L})S\/|[元円圓원]|(?<!\p{L})\p{L}[\p{L}.]{0,11}(?!\p{L})/gu;

/** The currencies named in `text`, in order. `language` decides what `$` or `kr` means. */
export function currencyMentions(text: string, language: string): CurrencyMention[] {
  return Array.from(text.matchAll(word)).flatMap(({ 0: written, index: start }) => {
    const currency = currencyNamed(written, language);
    const isCode = currency === written.toUpperCase();
    if (isCode && wordCodes.has(currency) && !/\d\s?$/.test(text.slice(0, start))) return [];
    if (currency) return [{ currency, isCode, start, end: start + written.length }];
    const [before = "", sign] = /^(.*?)(\p{Sc})/u.exec(written)?.slice(1) ?? [];
    return sign === undefined ? [] : signAt(start + before.length, before, sign, language);
  });
}

/** A sign, with the code before it if there is one: `CAD $`. */
function signAt(start: number, before: string, sign: string, language: string): CurrencyMention[] {
  const code = before.trim();
  if (codes.has(code))
    return [{ currency: code, isCode: true, start: start - before.length, end: start + sign.length }];
  const currency = symbolsOf(language).get(sign);
  return currency ? [{ currency, isCode: false, start, end: start + sign.length }] : [];
}

/** The currency named in `text`, or null. A code that is not common counts only if it is the whole text. */
export function currencyIn(text: string, language: string): string | null {
  const code = text.trim().toUpperCase();
  if (codes.has(code)) return code;
  const found = currencyMentions(text, language).find(
    ({ currency, isCode, start, end }) =>
      !isCode || (commonCodes.has(currency) && text.slice(start, end) === currency),
  );
  return found?.currency ?? null;
}

function currencyNamed(written: string, language: string): string | undefined {
  if (codes.has(written)) return written;
  const code = written.toUpperCase();
  if (commonCodes.has(code)) return code;
  const name = bare(written);
  const lower = name.toLowerCase();
  const known = symbolsOf(language);
  if (dollars.has(lower)) return known.get("$");
  return known.get(name) ?? known.get(lower);
}

/** Without periods, spaces, and marks of direction. */
function bare(symbol: string): string {
  return symbol.replace(/[\s.\u200e\u200f\u061c]/g, "");
}

const symbols = new Map<string, Map<string, string>>();
const MAX_LANGUAGES = 20;
let english: [symbol: string, code: string][] | undefined;

/**
 * Currencies by their symbols in a language (`kr` is the Swedish krona in Swedish), in all, and in English. Short symbols
 * made of letters count in their own language only: elsewhere, `kr` may be one of four currencies, and `L` is a liter.
 */
function symbolsOf(language: string): Map<string, string> {
  const known = symbols.get(language);
  if (known) return known;
  english ??= symbolsIn("en", "symbol");
  const narrow = symbolsIn(language, "narrowSymbol").filter(([symbol]) => /\p{Sc}/u.test(symbol));
  // Of the same symbols, the last one counts.
  const made = new Map([...narrow, ...english, ...names, ...symbolsIn(language, "symbol")]);
  if (symbols.size >= MAX_LANGUAGES) symbols.clear();
  symbols.set(language, made);
  return made;
}

/** Of several currencies with a symbol, the first one is last. */
function symbolsIn(
  locale: string,
  currencyDisplay: "symbol" | "narrowSymbol",
): [symbol: string, code: string][] {
  return Array.from(codes, (currency): [string, string] => {
    const format = new Intl.NumberFormat(locale, { style: "currency", currency, currencyDisplay });
    const symbol = format.formatToParts(0).find(({ type }) => type === "currency")?.value ?? currency;
    return [bare(symbol), currency];
  })
    .filter(([symbol, currency]) => symbol !== currency)
    .reverse();
}
