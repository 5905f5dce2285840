/**
 * Reads the text of an element that shows a number or a price.
 *
 * Shops raise the cents and leave out the decimal mark: `$19<sup>99</sup>`, or `<span>19</span><span>99</span>`. As plain text
 * that would be 1999.
 */
import { type AnyNode, isTag, type Text } from "domhandler";
import { blockTags } from "../content/extract/block-tags.ts";
import { eachText, onOneLine, type TextReading } from "./element-text.ts";

/** A decimal mark in every language: see parse-number.ts. */
const DECIMAL_MARK = "٫";

/** A former price. */
const struckTags = new Set(["del", "s", "strike"]);
const centsClass = /(?<!per)cents?(?![a-z])|centimes|fraction|decimals?(?![a-z])|minor|pence|superscript/i;
/** Most elements between a text and the one that shows it as cents. */
const MAX_LEVELS = 3;
/** Most characters of a class list that are read. */
const MAX_CLASS = 500;
/** Most characters of a number that may have cents. */
const MAX_NUMBER = 24;

/** The text without former prices, unless they are all it has, and with a decimal mark before cents. */
export function amountTextOf(element: AnyNode, reading: TextReading): string {
  const current = new AmountText(element);
  eachText(element, reading, { ...current.visitor, skips: ({ name }) => struckTags.has(name) });
  if (/\p{Nd}/u.test(current.text)) return current.text;
  const whole = new AmountText(element);
  eachText(element, reading, whole.visitor);
  return whole.text;
}

class AmountText {
  readonly #root: AnyNode;
  readonly #parts: string[] = [];
  /** The last characters so far. */
  #tail = "";
  #hasGap = false;
  #hasSpace = false;

  constructor(root: AnyNode) {
    this.#root = root;
  }

  get text(): string {
    return this.#parts.join("");
  }

  readonly visitor = {
    text: (node: Text) => this.#add(node),
    gap: () => {
      this.#hasGap = true;
    },
  };

  #add(node: Text): void {
    const data = onOneLine(node.data);
    const shown = data.trim();
    this.#hasSpace ||= data.startsWith(" ");
    if (shown === "") return;
    const added = this.#separator(shown, node) + shown;
    this.#parts.push(added);
    this.#tail = (this.#tail + added).slice(-MAX_NUMBER);
    this.#hasGap = false;
    this.#hasSpace = data.endsWith(" ");
  }

  /** What to write between the text so far and the next. */
  #separator(next: string, node: Text): string {
    const plain = this.#tail !== "" && (this.#hasGap || this.#hasSpace) ? " " : "";
    const [number] = /\d[\d.,'’\s]*$/.exec(this.#tail) ?? [];
    if (!number || !/^[.,]?\d/.test(next)) return plain;
    const isRaised = this.#isRaised(node);
    const mayBeCents = /^[.,]?\d{2}(?!\d)/.test(next) && !/[.,]\d{1,2}$/.test(number);
    if (mayBeCents && (isRaised || this.#isBeside(next, node))) {
      return /[.,]$/.test(number) || /^[.,]/.test(next) ? "" : DECIMAL_MARK;
    }
    // An exponent, or the number of a note.
    return isRaised ? "^" : plain;
  }

  /** Whether two digits in an element of their own stand right after the number, as its cents do. */
  #isBeside(next: string, { parent }: Text): boolean {
    if (this.#hasSpace || !/^\d{2}$/.test(next) || parent === this.#root || parent?.children.length !== 1)
      return false;
    // The items of a flex box are apart, but one after a currency and a number in it can only be the cents.
    return (
      !this.#hasGap ||
      (isTag(parent) && !blockTags.has(parent.name) && /\p{Sc}\s?\d[\d.,]*$/u.test(this.#tail))
    );
  }

  #isRaised(node: Text): boolean {
    let around: AnyNode | null = node.parent;
    for (let level = 0; around && around !== this.#root && isTag(around) && level < MAX_LEVELS; level += 1) {
      if (around.name === "sup" || centsClass.test(around.attribs.class?.slice(0, MAX_CLASS) ?? ""))
        return true;
      around = around.parent;
    }
    return false;
  }
}
