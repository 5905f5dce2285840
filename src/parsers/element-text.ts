/** Reads the text of an element on one line, and its attributes. */
import { type AnyNode, type Element, isTag, isText, Text } from "domhandler";
import type { Placement } from "../content/captured-html.ts";
import { blockTags } from "../content/extract/block-tags.ts";
import { formulaOf, writtenFormula } from "../content/extract/formulas.ts";
import type { Budget } from "./budget.ts";

/** Elements that begin a new line, or, like buttons, have space around them. */
const apartTags = new Set([...blockTags, "br", "button", "head", "title", "optgroup", "option"]);

/** Elements whose text is not for readers. */
const silentTags = new Set(["script", "style", "template", "noscript"]);

/** How to read the text of one page. */
export interface TextReading {
  budget: Budget;
  /** Where the browser placed an element, if not where its tag says. */
  placementOf: (element: Element) => Placement | undefined;
}

/**
 * The text of `element`, with white space collapsed to single spaces, a space between what stands apart on screen, and each
 * formula once, as TeX. Elements whose text is not for readers are skipped, unless `element` itself is one.
 */
export function textOf(element: AnyNode, reading: TextReading): string {
  const parts: string[] = [];
  eachText(element, reading, {
    text: ({ data }) => parts.push(data),
    gap: () => parts.push(" "),
  });
  return onOneLine(parts.join("")).trim();
}

/** Without characters that take no space, and with a single space for any white space. */
export function onOneLine(text: string): string {
  return text.replace(/[\u00ad\u200b\u2060\ufeff]/g, "").replace(/\s+/g, " ");
}

/** What textOf() comes across: a text, a gap that parts two texts, and elements of which `skips` decides. */
export interface TextVisitor {
  text(node: Text): void;
  gap(): void;
  skips?(element: Element): boolean;
}

/** Visits the texts below a node in document order. */
export function eachText(node: AnyNode, reading: TextReading, visitor: TextVisitor): void {
  reading.budget.spend(1);
  if (isText(node)) {
    reading.budget.spend(node.data.length / 16);
    visitor.text(node);
  } else if ("children" in node) {
    const isApart = isTag(node) && standsApart(node, reading);
    if (isApart) visitor.gap();
    for (const child of node.children) {
      const formula = isTag(child) ? formulaOf(child) : undefined;
      if (formula) eachText(new Text(writtenFormula(formula)), reading, visitor);
      else if (formula === undefined && !(isTag(child) && isSkipped(child, visitor)))
        eachText(child, reading, visitor);
    }
    if (isApart) visitor.gap();
  }
}

function isSkipped(element: Element, visitor: TextVisitor): boolean {
  return silentTags.has(element.name) || visitor.skips?.(element) === true;
}

function standsApart(element: Element, { placementOf }: TextReading): boolean {
  const placement = placementOf(element);
  return placement === undefined ? apartTags.has(element.name) : placement === "apart";
}

/** The attribute as written, or undefined. Names that every object has, such as `constructor`, are no exception. */
export function attributeOf(element: Element, name: string): string | undefined {
  return Object.hasOwn(element.attribs, name) ? element.attribs[name] : undefined;
}
