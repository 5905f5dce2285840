/** Parses dates as people write them in a language: 14 March 2026 and 14.03.2026 and 2026年3月14日. */

/** Characters of a text that are searched. Dates are near its beginning. */
const MAX_CHARACTERS = 500;

const iso =
  /(?<!\d)(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)\s?(Z|[+-]\d{2}:?\d{2})?)?(?!\d)/i;
const yearFirst = /(?<!\d)(\d{4})\s?[年년./-]\s?(\d{1,2})\s?[月월./-]\s?(\d{1,2})(?!\d)/u;
const yearLast = /(?<!\d)(\d{1,2})\s?([./-])\s?(\d{1,2})\s?[./-]\s?(\d{4})(?!\d)/;

/** The first date in `text` in ISO 8601, or undefined. It includes the time only if the text has it in ISO 8601. */
export function parseDate(text: string, language: string): string | undefined {
  const start = text.slice(0, MAX_CHARACTERS);
  const standard = iso.exec(start);
  if (standard) return standardDate(standard);
  const [, year, month, day] = yearFirst.exec(start) ?? [];
  if (year && month && day) return isoDate(year, month, day);
  const [, first, mark, second, last] = yearLast.exec(start) ?? [];
  if (first && second && last) {
    return isDayFirst(Number(first), Number(second), mark, language)
      ? isoDate(last, second, first)
      : isoDate(last, first, second);
  }
  return namedDate(start, language);
}

function standardDate([, date = "", time, zone = ""]: RegExpExecArray): string | undefined {
  const [year = "", month = "", day = ""] = date.split("-");
  const valid = isoDate(year, month, day);
  if (!valid || time === undefined) return valid;
  const offset = zone.replace(/^([+-]\d{2})(\d{2})$/, "$1:$2").toUpperCase();
  return Number.isNaN(Date.parse(`${valid}T${time}${offset}`)) ? valid : `${valid}T${time}${offset}`;
}

function isDayFirst(first: number, second: number, mark: string | undefined, language: string): boolean {
  if (first > 12) return true;
  if (second > 12) return false;
  if (mark === ".") return true;
  const parts = new Intl.DateTimeFormat(language).formatToParts(0).map(({ type }) => type);
  return parts.indexOf("day") < parts.indexOf("month");
}

/** A date with the name of its month. */
function namedDate(text: string, language: string): string | undefined {
  const months = monthsOf(language);
  for (const word of text.matchAll(/\p{L}[\p{L}\p{M}]*/gu)) {
    const month = months.get(word[0].toLowerCase());
    if (month === undefined) continue;
    const before = text.slice(0, word.index);
    const after = text.slice(word.index + word[0].length);
    const [, year] = /(?<!\d)(\d{4})(?!\d)/.exec(after) ?? /(?<!\d)(\d{4})(?!\d)\D*$/.exec(before) ?? [];
    const [, day] =
      /(?<!\d)(\d{1,2})(?!\d)[^\d]{0,6}$/.exec(before) ?? /^[^\d]{0,4}(\d{1,2})(?!\d)/.exec(after) ?? [];
    const date = year && day && isoDate(year, String(month), day);
    if (date) return date;
  }
  return undefined;
}

export function isMonth(word: string, language: string): boolean {
  return monthsOf(language).has(word.toLowerCase());
}

const monthNames = new Map<string, Map<string, number>>();
const MAX_LANGUAGES = 20;

/** Names of months in a language and in English: long and short, and in the forms used in dates and alone. */
function monthsOf(language: string): Map<string, number> {
  const known = monthNames.get(language);
  if (known) return known;
  const made = new Map<string, number>();
  for (const locale of [language, "en"]) {
    for (const month of ["long", "short"] as const) {
      for (const options of [{ month }, { month, day: "numeric" }] as const) {
        const format = new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" });
        for (let n = 0; n < 12; n += 1) {
          const name = format
            .formatToParts(Date.UTC(2026, n, 15))
            .find(({ type }) => type === "month")?.value;
          const word = name?.toLowerCase().replace(/\.$/, "") ?? "";
          if (/^\p{L}/u.test(word) && !made.has(word)) made.set(word, n + 1);
        }
      }
    }
  }
  if (monthNames.size >= MAX_LANGUAGES) monthNames.clear();
  monthNames.set(language, made);
  return made;
}

/** The date in ISO 8601, or undefined if there is no such day. */
function isoDate(year: string, month: string, day: string): string | undefined {
  const date = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  const time = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date) ? date : undefined;
}

/**
 * A date that a page states for machines, in ISO 8601: with its time if it has one and a time zone, and with what is known of
 * it otherwise, such as the year. Returns undefined if it is no date.
 */
export function statedDate(text: string, language: string): string | undefined {
  const [, year = "", month = "", day] = /^(\d{4})[-/]?(\d{2})(?:[-/]?(\d{2}))?$/.exec(text) ?? [];
  if (day) return isoDate(year, month, day);
  if (month) return isoDate(year, month, "01")?.slice(0, 7);
  if (/^\d{4}$/.test(text)) return text;
  const date = parseDate(text, language);
  const isWithTime = /\d:\d{2}(?::\d{2})? ?(?:GMT|UTC|Z|[+-]\d{2}:?\d{2})$/i.test(text);
  if (!date || date.includes("T") || !isWithTime || Number.isNaN(Date.parse(text))) return date;
  return new Date(text).toISOString().replace(".000Z", "Z");
}
