/** Parses prices as people write them: €1,299.90 and 1 299,90 kr and 2 for $5 and was £20, now £16. */
import { currencyIn } from "./currencies.ts";
import { decimalMark, numberValue, withAsciiDigits } from "./parse-number.ts";
import { type Amount, amountsIn } from "./price-amounts.ts";
import { hasNoPrice, type PriceRole, roleOf } from "./price-role.ts";

export interface Price {
  amount: number;
  /** In ISO 4217, or null if unknown. */
  currency: string | null;
}

/** Characters of a text that are searched. Prices are short. */
const MAX_CHARACTERS = 200;

/**
 * The price in `text`, or undefined if there is none: the first amount that is not a percentage, a former price, or a saving.
 * An amount with a currency precedes one without. `language` decides what `$` or `kr` means.
 */
export function parsePrice(text: string, language: string): Price | undefined {
  const start = withAsciiDigits(readable(text.slice(0, MAX_CHARACTERS)));
  const amounts = amountsIn(start, language).map((amount) => ({ amount, role: roleOf(amount, language) }));
  const former = new Set(
    amounts.filter(({ role }) => role === "former").map(({ amount }) => numberValue(amount.number)),
  );
  for (const each of amounts) {
    if (former.has(numberValue(each.amount.number))) each.role = "former";
  }
  const [best] = amounts.sort((a, b) => rank(a) - rank(b));
  if (!best || hasNoPrice(start, best.role, best.amount.currency !== undefined)) return undefined;
  const value = priceOf(best.amount, language);
  return value === undefined
    ? undefined
    : { amount: value, currency: best.amount.currency ?? currencyIn(start, language) };
}

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** Without marks of direction, and with a decimal mark before the cents of `$19⁹⁹` and, in Sweden, `249:90 kr`. */
function readable(text: string): string {
  return text
    .replace(/[\u200e\u200f\u061c\u2066-\u2069]/g, "")
    .replace(/(?<=\d):(?=\d\d\s?kr)/gi, "٫")
    .replace(/(?<=\d)[⁰¹²³⁴-⁹]+/g, (raised) =>
      raised.length === 2 ? `٫${Array.from(raised, (digit) => superscripts.indexOf(digit)).join("")}` : "",
    );
}

const roleRanks: Record<PriceRole, number> = { current: 0, price: 1, unit: 2, former: 3, saving: 4 };

function rank({ amount, role }: { amount: Amount; role: PriceRole }): number {
  const { currency, number, after, isLabeled } = amount;
  if (currency) return roleRanks[role];
  const looksLikePrice = number.fraction.length === 2 || /^[.,:]\s?[-–—]/.test(after);
  const isCount = isLabeled || /^\s?\p{L}/u.test(after);
  return (looksLikePrice ? 10 : isCount ? 30 : 20) + roleRanks[role];
}

/** Their amounts have three decimals, so `1.500` is one and a half. */
const threeDecimals = new Set(["BHD", "JOD", "KWD", "LYD", "OMR", "TND"]);

function priceOf(
  { number, currency, cents, isMinor, isNegative }: Amount,
  language: string,
): number | undefined {
  const value = numberValue(
    cents === undefined ? number : { ...number, fraction: cents },
    currency !== undefined && threeDecimals.has(currency) ? decimalMark(language) : undefined,
  );
  if (value === undefined) return undefined;
  const amount = isMinor ? value / 100 : value;
  return isNegative ? -amount : amount;
}
