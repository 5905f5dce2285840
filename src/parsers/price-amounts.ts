/** Finds the amounts in a text that may be its price, each with its currency. */
import { currencyIn, currencyMentions } from "./currencies.ts";
import { numbersIn, numberValue, type WrittenNumber } from "./parse-number.ts";

export interface Amount {
  number: WrittenNumber;
  /** The text since the number before it. */
  before: string;
  /** The text after the number, and after its currency. */
  after: string;
  tail: string;
  currency: string | undefined;
  isNegative: boolean;
  /** In cents or pence. */
  isMinor: boolean;
  /** Cents that follow the currency, as in `5 € 50`. */
  cents: string | undefined;
  /** It counts or names what is sold, as in `Pack of 12` and `T-20`. */
  isLabeled: boolean;
}

/** Nothing but a currency comes before the minus. Elsewhere, the same sign parts a word from its price. */
const minusBefore = /(?:^|[:(=])\s?(?:\p{Lu}{3}\s?|\p{L}{0,2}\p{Sc}\s?)?[-‑–−]\p{Sc}?\s?$/u;
const label =
  /(?<!\p{L})(?:packs?|packung|paket|set|box|lot|case|bundle|size|größe|gr|taille|talla|model|no|nr)\.?\s(?:(?:of|de|à|mit|von|med|met)\s)?$|\p{L}-?$/iu;
const percentAfter =
  /^\s?(?:[%٪]|(?:percent|prozent|procent|pour ?cent|por ciento|por cento|per cento)(?!\p{L}))/iu;
const minorAfter = /^\s?(?:¢|(?:cents?|centimes?|ct|коп)(?!\p{L}))|^[cp](?![\p{L}\d])/iu;
const rangeMark = /^\s?(?:[-‐‑–—−~〜]|(?:to|bis|à|al|do|hasta|até|tot|till|до)(?!\p{L}))\s?$/iu;
/** Between a currency and its amount. */
const gapAfterCurrency = /^:?\s?(?:[-‑–−]\s?)?$/;
/** Between an amount and its currency, as in `19,– €`. */
const gapBeforeCurrency = /^\s?(?:[.,:]?\s?[-–—]{1,2}\s?)?$/;

/** The amounts in `text`, in order. Percentages are none. */
export function amountsIn(text: string, language: string): Amount[] {
  const numbers = numbersIn(text);
  const amounts = numbers.map((number, i): Amount => {
    const before = text.slice(numbers[i - 1]?.end ?? 0, number.start);
    const after = text.slice(number.end);
    return {
      ...{ number, before, after, tail: after, currency: undefined, isMinor: false, cents: undefined },
      // In `CHF -.50`, the dash stands for a zero.
      isNegative: number.isNegative && /\d/.test(text[number.start] ?? "") && minusBefore.test(before),
      isLabeled: label.test(before),
    };
  });
  giveCurrencies(amounts, text, language);
  const others = new Set<Amount>();
  for (const [i, amount] of amounts.entries()) {
    const next = amounts[i + 1];
    if (isPercentage(amount, next)) others.add(amount);
    if (others.has(amount)) continue;
    if (minorAfter.test(amount.after) || /¢\s?$/.test(amount.before)) readMinorUnit(amount, language);
    else if (next && hasCents(amount, next, language)) {
      amount.cents = next.number.whole;
      amount.tail = next.tail;
      others.add(next);
    } else amount.currency ??= rangeCurrency(amount, next);
  }
  return amounts.filter((amount) => !others.has(amount));
}

/** Gives each currency to the amount beside it. */
function giveCurrencies(amounts: readonly Amount[], text: string, language: string): void {
  const mentions = currencyMentions(text, language);
  for (const [i, { currency, isCode, start, end }] of mentions.entries()) {
    const left = amounts.findLast(({ number }) => number.end <= start);
    const right = amounts.find(({ number }) => number.start >= end);
    const gapLeft = left && text.slice(left.number.end, start);
    const gapRight = right && text.slice(end, right.number.start);
    const maybeRight = right && gapAfterCurrency.test(gapRight ?? "") ? right : undefined;
    const isOpen = left && (!left.currency || (isCode && !maybeRight));
    const maybeLeft = isOpen && gapBeforeCurrency.test(gapLeft ?? "") ? left : undefined;
    const next = mentions[i + 1];
    const isRightTaken = right && next && gapBeforeCurrency.test(text.slice(right.number.end, next.start));
    const owner =
      maybeLeft && maybeRight && !isRightTaken
        ? betweenTwo(maybeLeft, maybeRight, gapLeft === "", gapRight === "", language)
        : (maybeLeft ?? maybeRight);
    if (!owner) continue;
    owner.currency = currency;
    if (owner === left) owner.tail = text.slice(end);
  }
}

/** Which of two amounts a currency between them belongs to: the one that it touches, or where the language puts it. */
function betweenTwo(
  left: Amount,
  right: Amount,
  touchesLeft: boolean,
  touchesRight: boolean,
  language: string,
): Amount {
  if (left.isLabeled) return right;
  if (touchesLeft !== touchesRight) return touchesLeft ? left : right;
  return (touchesLeft && isTwoDigits(right)) || symbolFollows(language) ? left : right;
}

function symbolFollows(language: string): boolean {
  const format = new Intl.NumberFormat(language, { style: "currency", currency: "EUR" });
  return format.formatToParts(1)[0]?.type !== "currency";
}

function isTwoDigits({ number: { whole, fraction } }: Amount): boolean {
  return whole.length === 2 && fraction === "";
}

/** Whether `next` is the cents of `amount`: `5€50`, `£5 50p`, `10 руб. 50 коп.`. */
function hasCents(amount: Amount, next: Amount, language: string): boolean {
  if (!amount.currency || next.currency || amount.number.fraction !== "" || !isTwoDigits(next)) return false;
  const gap = amount.tail.slice(0, amount.tail.length - next.after.length - 2);
  if (!/^\s?$/.test(gap)) return false;
  if (minorAfter.test(next.after)) return true;
  const isAfterCurrency = amount.tail !== amount.after;
  const isLast = /^\s*(?:$|[^\p{L}\p{N}\s%])/u.test(next.after);
  return isAfterCurrency && (gap === "" || (isLast && symbolFollows(language)));
}

function isPercentage(amount: Amount, next: Amount | undefined): boolean {
  if (percentAfter.test(amount.after) || amount.before.endsWith("%")) return true;
  return (
    !amount.currency && next !== undefined && rangeMark.test(next.before) && percentAfter.test(next.after)
  );
}

function readMinorUnit(amount: Amount, language: string): void {
  const { number, after } = amount;
  const [unit = "¢"] = minorAfter.exec(after) ?? [];
  const isLetter = /^[cp]$/i.test(unit);
  if (amount.currency || (isLetter && !(number.whole.length <= 2 && number.fraction === ""))) return;
  amount.isMinor = true;
  amount.currency = minorCurrency(unit.trim().toLowerCase(), language);
  amount.tail = after.slice(minorAfter.test(after) ? unit.length : 0);
}

function minorCurrency(unit: string, language: string): string | undefined {
  if (unit === "p") return "GBP";
  if (unit === "коп") return "RUB";
  return /^en\b(?!-(?:IE|MT))/.test(language) ? (currencyIn("$", language) ?? undefined) : "EUR";
}

/** The first of two amounts has the currency of the second in a range such as `10–20 €`. */
function rangeCurrency(amount: Amount, next: Amount | undefined): string | undefined {
  if (!next?.currency || amount.isLabeled || !rangeMark.test(next.before)) return undefined;
  const low = numberValue(amount.number);
  const high = numberValue(next.number);
  const isRange = low !== undefined && high !== undefined && low < high;
  return isRange && amount.number.fraction.length === next.number.fraction.length ? next.currency : undefined;
}
