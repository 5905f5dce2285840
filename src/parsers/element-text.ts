/** Reads the text of an element on one line, and its attributes. */
import { type AnyNode, type Element, isTag, isText } from "domhandler";
import { blockTags } from "../content/extract/block-tags.ts";
import type { Budget } from "./budget.ts";

/** Elements that begin a new line. */
const lineTags = new Set([...blockTags, "br", "head", "title", "optgroup", "option"]);

/** Elements whose text is not for readers. */
const silentTags = new Set(["script", "style", "template", "noscript"]);

/**
 * The text of `element`, with white space collapsed to single spaces and a space between lines. Elements whose text is not for
 * readers are skipped, unless `element` itself is one.
 */
export function textOf(element: AnyNode, budget: Budget): string {
  const parts: string[] = [];
  collect(element, parts, budget);
  return parts.join("").replace(/\s+/g, " ").trim();
}

function collect(node: AnyNode, parts: string[], budget: Budget): void {
  budget.spend(1);
  if (isText(node)) {
    budget.spend(node.data.length / 16);
    parts.push(node.data);
  } else if ("children" in node) {
    const isLine = isTag(node) && lineTags.has(node.name);
    if (isLine) parts.push(" ");
    for (const child of node.children) {
      if (!isSilent(child)) collect(child, parts, budget);
    }
    if (isLine) parts.push(" ");
  }
}

function isSilent(node: AnyNode): node is Element {
  return isTag(node) && silentTags.has(node.name);
}

/** The attribute as written, or undefined. Names that every object has, such as `constructor`, are no exception. */
export function attributeOf(element: Element, name: string): string | undefined {
  return Object.hasOwn(element.attribs, name) ? element.attribs[name] : undefined;
}
