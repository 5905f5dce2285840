/** The items of Markdown lists: their numbers, their checkboxes, and definitions as items. */
import { type ChildNode, type Element, isTag, isText } from "domhandler";
import type { BlockContent, ListItem, PhrasingContent } from "mdast";
import { addPhrasing, addText, wrapped } from "./markdown-inline.ts";

declare module "mdast" {
  interface ListItemData {
    /** Its number, if the list is ordered. */
    number?: number;
  }
}

/** Markdown allows nine digits (CommonMark 0.31, section 5.2). */
const MAX_NUMBER = 999_999_999;

export function isItem(node: ChildNode): boolean {
  return isTag(node) && node.name === "li";
}

export function itemOf(children: BlockContent[], element: Element | null): ListItem {
  const blocks = children.filter(({ type }) => type !== "list");
  const item: ListItem = { type: "listItem", checked: null, spread: blocks.length > 1, children };
  if (!element) return item;
  const box = checkboxOf(element);
  if (box) item.checked = "checked" in box.attribs;
  const number = integer(element.attribs.value);
  if (number !== null) item.data = { number };
  return item;
}

/** The checkbox at the beginning of an item. */
export function checkboxOf(item: Element): Element | null {
  let first: ChildNode | undefined = item;
  for (let depth = 0; depth < 4 && first && isTag(first); depth++) {
    if (first.name === "input" || first.name === "checkbox") return first;
    first = first.children.find((child) => !isText(child) || child.data.trim() !== "");
  }
  return null;
}

/** Numbers the items as a browser does: from `start`, or from the `value` of an item on, or backward. */
export function numberItems({ attribs }: Element, items: ListItem[]): void {
  const step = "reversed" in attribs ? -1 : 1;
  const start = integer(attribs.start) ?? (step < 0 ? items.length : 1);
  let next = start;
  const numbers = items.map(({ data }) => {
    const number = data?.number ?? next;
    next = number + step;
    return number;
  });
  const isUsable = numbers.every((number) => number >= 0 && number <= MAX_NUMBER);
  for (const [i, item] of items.entries()) item.data = { number: isUsable ? (numbers[i] ?? 1) : i + 1 };
}

function integer(value: string | undefined): number | null {
  return value !== undefined && /^\s*[+-]?\d{1,10}/.test(value) ? Number.parseInt(value, 10) : null;
}

/** The blocks of an item `**Term**: definition`. */
export function definitionBlocks(terms: PhrasingContent[][], definitions: BlockContent[][]): BlockContent[] {
  const line: PhrasingContent[] = [];
  for (const term of terms) {
    if (line.length > 0) addText(line, ", ");
    for (const node of wrapped("strong", term)) addPhrasing(line, node);
  }
  const [first, ...others] = definitions.flat();
  if (!first) return [{ type: "paragraph", children: line }];
  if (line.length > 0) addText(line, ":");
  if (first.type !== "paragraph") {
    return line.length > 0 ? [{ type: "paragraph", children: line }, first, ...others] : [first, ...others];
  }
  if (line.length > 0) addText(line, " ");
  for (const node of first.children) addPhrasing(line, node);
  return [{ type: "paragraph", children: line }, ...others];
}
