/** Tells from the words around an amount whether it is the price, or what the price was, or what it saves. */
import type { Amount } from "./price-amounts.ts";

/** `current` is a price that replaces another one: `now $16`. `unit` is the price of a kilogram or the like. */
export type PriceRole = "current" | "price" | "unit" | "former" | "saving";

const words = {
  current:
    "now|sale|current|jetzt|aktuell|aktueller|maintenant|actuel|soldé|ahora|ora|adesso|agora|nu|nå|teraz|сейчас",
  /** Words that may come between that of a former price and the price. */
  price: "only|our|today|new|nur|neu|neuer|nouveau|nuevo|nuovo|nieuw|ny|nowa",
  former:
    "was|were|before|old|previous|previously|regular|regularly|reg|original|originally|orig|list|rrp|msrp|srp|compared? at|" +
    "instead of|reduced from|worth|uvp|statt|war|vorher|bisher|früher|alter|ursprünglich|ursprünglicher|au lieu de|avant|" +
    "ancien|habituel|barré|antes|anterior|anziché|invece di|prima|vecchio|zamiast|przed|istället för|ord|ordinarie|tidigare|" +
    "tidligere|før|normalpris|adviesprijs|yerine|вместо|было",
  saving:
    "saves?|saving|savings|sparen|spare|sparst|ersparnis|spar|rabatt|discount|économisez|remise|ahorra|ahorras|risparmi|" +
    "bespaar|korting|coupon|cashback|скидка",
};
/** These stand without spaces around them. */
const ideographs = {
  current: "现价|現價|販売価格|特価|→|➔|➜|⇒|->",
  former: "原价|原價|通常価格|定価|希望小売価格",
};

const keyword = new RegExp(
  `(?<!\\p{L})(?:(?<current>${words.current})|(?<price>${words.price})|(?<former>${words.former})|(?<saving>${words.saving}))` +
    `(?!\\p{L})|(?<current>${ideographs.current})|(?<former>${ideographs.former})`,
  "giu",
);

const savingWordsAfter =
  "off|less|saved|rabatt|günstiger|gespart|discount|de réduction|de remise|de descuento|di sconto|korting|indirim|cashback";
const savingAfter = new RegExp(`^\\s?(?:${savingWordsAfter})(?!\\p{L})`, "iu");
/** The same after the number before. */
const savingBefore = new RegExp(`^\\s?(?:%|\\p{Sc}|\\p{L}{2,3})?\\s?(?:${savingWordsAfter})(?!\\p{L})`, "iu");
const units = "kg|g|mg|lbs?|oz|l|ltr|liter|litre|ml|cl|dl|m²|m2|m|st|stk|stück|pcs?|ud|unité";
const perUnit = new RegExp(`^\\s?(?:/|per|pro|par|por|je|à|al)\\s?(?:\\d+\\s?)?(?:${units})(?!\\p{L})`, "iu");
const unitEquals = new RegExp(`(?<!\\p{L})(?:${units})\\.?\\s?=\\s?(?:\\p{L}{0,3}\\p{Sc}?\\s?)$`, "iu");

const free =
  /(?<!\p{L})(?:free|gratis|kostenlos|kostenfrei|gratuite?|za darmo|zdarma|бесплатно)(?!\p{L})|無料|免费|免費|무료/iu;
const onRequest =
  /(?<!\p{L})(?:(?:up)?on request|auf anfrage|sur demande|a consultar|bajo (?:petición|consulta)|su richiesta|op aanvraag|på begäran)(?!\p{L})/iu;

export function roleOf({ number, before, tail, isNegative }: Amount, language: string): PriceRole {
  if (isNegative || savingAfter.test(tail)) return "saving";
  const isFirst = before.length === number.start;
  const text = isFirst ? before : before.replace(savingBefore, "");
  const { current, price, former, saving } = Array.from(text.matchAll(keyword)).at(-1)?.groups ?? {};
  if (saving) return "saving";
  if (current) return "current";
  if (former || (!price && formerPreposition(language)?.test(text))) return "former";
  return perUnit.test(tail) || unitEquals.test(before) ? "unit" : "price";
}

/** In Portuguese a price falls `de … por …`, in Dutch `van … voor …`. */
function formerPreposition(language: string): RegExp | undefined {
  if (/^pt\b/.test(language)) return /(?<!\p{L})de(?!\p{L})/iu;
  return /^nl\b/.test(language) ? /(?<!\p{L})van(?!\p{L})/iu : undefined;
}

/** Whether the text says that there is no price, though the only amount in it has this role. */
export function hasNoPrice(text: string, role: PriceRole, hasCurrency: boolean): boolean {
  return role === "former" || role === "saving" ? free.test(text) : !hasCurrency && onRequest.test(text);
}
