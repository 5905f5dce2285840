/** Parses numbers as people write them: 1,234.5 and 1.234,5 and 1 234,5 and ١٬٢٣٤٫٥ and .75. */

/** A number in a text. */
export interface WrittenNumber {
  /** Where its digits begin and end. */
  start: number;
  end: number;
  /** Digits before the decimal mark, without marks between them. */
  whole: string;
  /** Digits after the decimal mark. */
  fraction: string;
  /** The mark in a number such as `1.234`, where it may group thousands or be decimal. */
  unclearMark: string | undefined;
  isNegative: boolean;
}

/** Tried in this order at each position. */
const notations = [
  // Indian: 12,34,567.8
  /(?<whole>\d{1,2}(?:,\d{2})+,\d{3})(?!\d)(?:[.٫](?<fraction>\d+))?/,
  // In groups of three: 1.234.567,8
  /(?<whole>[1-9]\d{0,2}(?<mark>[.,'’ʼ٬\s])\d{3}(?!\d)(?:\k<mark>\d{3}(?!\d))*)(?:(?!\k<mark>)[.,٫](?<fraction>\d+))?/,
  // Plain. In a date or version, such as 14.03.2026, nothing is decimal.
  /(?<whole>\d+)(?:(?<point>[.,٫])(?<fraction>\d+)(?!\d|\k<point>\d))?/,
  // Below one, without a zero: .75
  /(?<![\p{L}\d.,])[.,٫](?<fraction>\d+)/u,
];
const number = new RegExp(notations.map(({ source }) => source).join("|"), "gu");

/** A minus touches its number, or the currency before it, and does not touch what comes before. Any other dash is not one. */
const minus = /(?<![^\s([{:;=<>~≈,/*\p{Sc}])(?:[-‑–−]\p{Sc}?|−\s)$/u;

/** The numbers in `text`, in order. Digits must be ASCII: see withAsciiDigits(). */
export function numbersIn(text: string): WrittenNumber[] {
  return Array.from(text.matchAll(number), (match) => numberAt(match, text));
}

function numberAt(match: RegExpExecArray, text: string): WrittenNumber {
  const { 0: all, index: start, groups = {} } = match;
  const { whole = "0", fraction = "", mark } = groups;
  const isUnclear = fraction === "" && (mark === "." || mark === ",") && whole.split(mark).length === 2;
  return {
    start,
    end: start + all.length,
    whole: whole.replace(/\D/g, ""),
    fraction,
    unclearMark: isUnclear ? mark : undefined,
    isNegative: minus.test(text.slice(Math.max(0, start - 4), start)),
  };
}

/**
 * The value without its sign, or undefined if it is too large for JavaScript. `decimalMark` decides about an unclear mark;
 * without one, it groups thousands.
 */
export function numberValue({ whole, fraction, unclearMark }: WrittenNumber, decimalMark?: string) {
  const isDecimal = unclearMark !== undefined && unclearMark === decimalMark;
  const digits = isDecimal ? `${whole.slice(0, -3)}.${whole.slice(-3)}` : `${whole}.${fraction || "0"}`;
  const value = Number(digits);
  return Number.isFinite(value) ? value : undefined;
}

/**
 * The first number in `text`, or undefined if there is none or it is too large for JavaScript.
 *
 * `locale` decides what a single mark before three digits means (`1.234`). Without `locale`, it groups thousands.
 */
export function parseNumber(text: string, locale?: string): number | undefined {
  const match = new RegExp(number, "u").exec(withAsciiDigits(text));
  if (!match) return undefined;
  const written = numberAt(match, match.input);
  const value = numberValue(written, written.unclearMark && locale && decimalMark(locale));
  return value !== undefined && written.isNegative ? -value : value;
}

/** The decimal mark of a locale. */
export function decimalMark(locale: string): string | undefined {
  return new Intl.NumberFormat(locale).formatToParts(1.5).find(({ type }) => type === "decimal")?.value;
}

/** Maps the digits of all numbering systems that Intl knows to ASCII digits. */
let asciiDigits: Map<string, string> | undefined;

function loadAsciiDigits(): Map<string, string> {
  const digits = new Map<string, string>();
  for (const system of Intl.supportedValuesOf("numberingSystem")) {
    const format = new Intl.NumberFormat(`en-u-nu-${system}`, { useGrouping: false });
    const written = [..."0123456789"].map((digit) => format.format(Number(digit)));
    if (new Set(written).size !== 10) continue;
    for (const [value, digit] of written.entries()) digits.set(digit, String(value));
  }
  return digits;
}

/** Replaces the digits of other scripts, and full-width and Arabic marks. Each character stays one. */
export function withAsciiDigits(text: string): string {
  const marked = text
    .replace(/[！-～]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replaceAll("،", ",");
  if (!/[^\P{Nd}0-9]/u.test(marked)) return marked;
  asciiDigits ??= loadAsciiDigits();
  return marked.replace(/\p{Nd}/gu, (digit) => asciiDigits?.get(digit) ?? digit);
}
