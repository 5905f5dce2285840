/** Parses numbers as people write them: 1,234.5 and 1.234,5 and 1 234,5 and ١٬٢٣٤٫٥. */

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

function withAsciiDigits(text: string): string {
  if (!/[^\P{Nd}0-9]/u.test(text)) return text;
  asciiDigits ??= loadAsciiDigits();
  return text.replace(/\p{Nd}/gu, (digit) => asciiDigits?.get(digit) ?? digit);
}

/** Digits with single separators between them. The code below decides which separator is decimal. */
const candidate = /([-−–]\s?)?(\d+(?:[.,'’٬٫\s\u00a0\u202f]\d+)*)/u;

const decimalMarks = /[.,٫]/;

/**
 * The first number in `text`, or undefined if there is none or it is too large for JavaScript.
 *
 * `locale` decides what a single separator before three digits means (`1.234`). Without `locale`, it groups thousands, as in
 * prices.
 */
export function parseNumber(text: string, locale?: string): number | undefined {
  const [, sign, written] = candidate.exec(withAsciiDigits(text)) ?? [];
  if (!written) return undefined;
  const parts = written.split(/[^\d]/);
  const marks = written.replace(/\d/g, "");
  let [whole = ""] = parts;
  let fraction = "";
  for (const [n, digits] of parts.slice(1).entries()) {
    const mark = marks[n] ?? "";
    const isLast = n === marks.length - 1;
    if (isLast && isDecimal(mark, digits, marks, locale)) fraction = digits;
    else if (digits.length === 3 || (digits.length === 2 && !isLast && mark === ",")) whole += digits;
    else break;
  }
  const value = Number(`${whole}.${fraction || "0"}`);
  if (!Number.isFinite(value)) return undefined;
  return sign ? -value : value;
}

function isDecimal(mark: string, digits: string, marks: string, locale: string | undefined): boolean {
  if (!decimalMarks.test(mark)) return false;
  if (marks.length > 1) return marks.indexOf(mark) === marks.length - 1;
  if (digits.length !== 3) return true;
  return locale !== undefined && mark === decimalMark(locale);
}

function decimalMark(locale: string): string | undefined {
  return new Intl.NumberFormat(locale).formatToParts(1.5).find(({ type }) => type === "decimal")?.value;
}
