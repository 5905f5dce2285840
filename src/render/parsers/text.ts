/** The text of an element, as one line, and of its attributes. */
import { type AnyNode, type Element, isTag, isText } from "domhandler";
import type { Budget } from "./budget.ts";

/** Elements that begin a new line: "display: block" and its kin in the HTML Standard's style sheet (§15.3), and br. */
const lineTags = new Set([
  ...[
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "br",
    "caption",
    "center",
    "dd",
    "details",
    "dialog",
    "dir",
  ],
  ...[
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
  ],
  ...[
    "head",
    "header",
    "hgroup",
    "hr",
    "html",
    "legend",
    "li",
    "listing",
    "main",
    "menu",
    "nav",
    "ol",
    "optgroup",
  ],
  ...[
    "option",
    "p",
    "plaintext",
    "pre",
    "search",
    "section",
    "summary",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
  ],
  ...["thead", "title", "tr", "ul", "xmp"],
]);

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
