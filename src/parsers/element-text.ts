/** The text of an element, as one line, and of its attributes. */
import { type AnyNode, type Element, isTag, isText } from "domhandler";
import { blockTags } from "../content/extract/block-tags.ts";
import type { Budget } from "./budget.ts";

/** Elements that begin a new line; those of the head and of lists to choose from are read only when asked for. */
const lineTags = new Set([...blockTags, "br", "head", "title", "optgroup", "option"]);

/** Elements whose text is not for readers. */
const silentTags = new Set(["script", "style", "template", "noscript"]);

/**
 * The text of `element` and of all in it, white space made single spaces. What stands on lines of its own is kept apart
 * by a space too. An element that is not for readers has text only when it is asked for itself.
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

/** The attribute as it is written; undefined if the element does not have it, whatever all objects have. */
export function attributeOf(element: Element, name: string): string | undefined {
  return Object.hasOwn(element.attribs, name) ? element.attribs[name] : undefined;
}
