/** Reads the names of authors from bylines: `By Jane Doe, staff writer | March 5, 2026` is Jane Doe. */

import { isMonth } from "./parse-date.ts";

/** Words before a name, in any language and in one. */
const labels =
  "by|posted by|written by|published by|words by|text by|story by|authors?|autor(?:en|in)?|auteure?s?|autore|автор|作者|文|記者|기자";
const prepositions: Record<string, string> = {
  de: "von",
  fr: "par",
  es: "por",
  pt: "por",
  it: "di",
  nl: "door",
  sv: "av",
  nb: "av",
  no: "av",
  da: "af",
};

const role =
  /(?<!\p{L})(?:(?:staff|senior|guest|contributing|freelance|chief|managing|associate|deputy) )*(?:writers?|reporters?|editors?|correspondents?|journalists?|columnists?|contributors?|authors?|bloggers?|photographers?|redakteur(?:in)?|korrespondent(?:in)?|journaliste|rédact(?:eur|rice)|redactora?|periodista|redacteur|giornalista)(?!\p{L})/iu;

/** Most characters of a byline that are read. */
const MAX_CHARACTERS = 300;

/**
 * The names in a byline, or undefined if it has none. One that is shown may say more than one that is stated for machines, such
 * as `Jane Doe in Oslo`.
 */
export function namesIn(byline: string, language: string, isShown: boolean): string | undefined {
  const preposition = prepositions[language.split("-")[0] ?? ""];
  const label = `(?:${labels}${preposition ? `|${preposition}` : ""})(?:\\s*[:：]\\s*|\\s+)`;
  const line = byline.slice(0, MAX_CHARACTERS).replace(/\s+/g, " ").trim();
  const labeled = line.replace(new RegExp(`^(?:${label})+`, "i"), "");
  const bare = (labeled === line ? line : withoutDate(labeled, language))
    // `March 5, 2026 by Jane Doe`
    .replace(new RegExp(`^[^|]*\\d[^|]*?\\s${label}`, "i"), "");
  const parts = (isShown ? bare.replace(/ (?:in|on|at|for) .*$/, "") : bare).split(
    /\s*[|•·]\s*|\s[-–—/]\s|,\s+/,
  );
  return [...new Set(parts.filter((part) => isName(part, language)))].join(", ") || undefined;
}

/** A name without a date or a time to read right after it, as in `Jane Doe March 5, 2026` and `Jane Doe 4 min`. */
function withoutDate(name: string, language: string): string {
  return name.replace(/,?(?: (\p{L}+)\.?)? \d.*$/u, (_, word?: string) =>
    word === undefined || isMonth(word, language) ? "" : ` ${word}`,
  );
}

const noNames = new RegExp(
  `^(?:${labels}|updated|published|posted|last updated|admin|today|yesterday|just now|.* ago)$`,
  "i",
);

/** Whether a part of a byline may be a name, and not a date, an address, a role, or a time to read. */
function isName(part: string, language: string): boolean {
  if (!/\p{L}/u.test(part) || /^(?:https?:|www\.|@)|\S@\S/i.test(part)) return false;
  // A name with digits is one word: `jane99`.
  if (/\p{Nd}/u.test(part) && !/^\p{L}[\p{L}\p{Nd}._-]*$/u.test(part)) return false;
  if (noNames.test(part)) return false;
  return !role.test(part) && !isWeekday(part, language);
}

function isWeekday(part: string, language: string): boolean {
  const word = part.toLowerCase().replace(/\.$/, "");
  return [language, "en"].some((locale) =>
    (["long", "short"] as const).some((weekday) => {
      const format = new Intl.DateTimeFormat(locale, { weekday, timeZone: "UTC" });
      return Array.from({ length: 7 }, (_, day) => format.format(day * 86_400_000)).some(
        (name) => name.toLowerCase().replace(/\.$/, "") === word,
      );
    }),
  );
}
