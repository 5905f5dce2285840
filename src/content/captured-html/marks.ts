/**
 * Marks record what only the browser knows about a page, such as which elements are hidden. The page script sets them as
 * attributes, most of them without a value.
 *
 * During capture, a mark's name ends in an unguessable token, so a page cannot forge one and keeps its own attributes of
 * the same name. For storage, the marks are removed from the HTML and kept beside it as a list. They are put back, without
 * the token, when the HTML is read again: style sheets are not stored, so it alone does not tell what they hide.
 */
import { type ChildNode, type Element, isTag, type ParentNode } from "domhandler";

const names = {
  /** On a document's root element: elements below it without a mark are shown as their tag says. */
  rendered: "data-trawl-rendered",
  /** Not shown, nor anything in it. */
  hidden: "data-trawl-hidden",
  /** Not shown, but elements in it without this mark are. */
  textHidden: "data-trawl-text-hidden",
  /** An inline element laid out as a block, such as an item of a flex box. */
  block: "data-trawl-block",
  /** A block element laid out within a line. */
  inline: "data-trawl-inline",
  /** An inline element that does not touch what is before and after it, such as a table cell or a positioned label. */
  apart: "data-trawl-apart",
  /** Laid over the page, or stays in place while the page scrolls. */
  overlay: "data-trawl-overlay",
  /** Its white space is kept. */
  preserved: "data-trawl-preserved",
  /** A form field whose value differs from the one in the HTML. The value of the mark is that value, percent-encoded. */
  value: "data-trawl-value",
} as const;

/** Marks on frames. They have values, and flatten.ts replaces them. */
const frameNames = {
  /** The HTML of the frame's document, serialized like the page. It becomes the frame's `srcdoc`. */
  frame: "data-trawl-frame",
  /** The base URL of that document. */
  frameBase: "data-trawl-frame-base",
} as const;

export type Mark = keyof typeof names;
export type MarkNames = Record<Mark | keyof typeof frameNames, string>;

/** The marks removed from a page, as a string of ASCII characters. Only this module reads it. */
export type MarkList = string & { readonly [format]: true };
declare const format: unique symbol;

export const noMarks = "" as MarkList;

/** Names of marks after they have been put back. */
export const plainNames: MarkNames = { ...names, ...frameNames };

/** Names of marks in a page captured with this token. */
export function namesWithToken(token: string): MarkNames {
  const entries = Object.entries(plainNames).map(([mark, name]) => [mark, `${name}-${token}`]);
  return Object.fromEntries(entries) as MarkNames;
}

export function hasMark({ attribs }: Element, mark: Mark): boolean {
  return names[mark] in attribs;
}

/** How the browser places an element other than its tag says: apart from what is before and after it, or in their line. */
export type Placement = "apart" | "inline";

export function placementOf({ attribs }: Element, suffix = ""): Placement | undefined {
  if (names.block + suffix in attribs || names.apart + suffix in attribs) return "apart";
  return names.inline + suffix in attribs ? "inline" : undefined;
}

/**
 * What a form field holds, if it is not what the HTML says: the text of an input, the chosen options of a select (one per
 * line), or `on` or nothing for a checkbox or radio button.
 */
export function markedValue({ attribs }: Element): string | undefined {
  const encoded = attribs[names.value];
  // Without quotes, the slash of an empty element becomes part of the value.
  return encoded === undefined ? undefined : decoded(encoded.replace(/\/$/, ""));
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    // Not written by the page script.
    return value;
  }
}

const letters: Record<string, string> = {
  [names.rendered]: "R",
  [names.hidden]: "H",
  [names.textHidden]: "T",
  [names.block]: "B",
  [names.inline]: "I",
  [names.apart]: "A",
  [names.overlay]: "O",
  [names.preserved]: "P",
  [names.value]: "V",
};
const namesByLetter = Object.fromEntries(Object.entries(letters).map(([name, letter]) => [letter, name]));

/** The characters that the page script writes in the value of a mark, which need no quotes in HTML. */
const encodedValue = "[\\w.!~*()%-]*";

/**
 * Removes the marks with this token from HTML, including those in the `srcdoc` of frames.
 *
 * The list has one letter per mark, followed by the number of UTF-16 code units of clean HTML since the previous mark, in
 * base 36, and by the mark's value between colons, if it has one: `R15H4zV3:Berth%2014:`.
 */
export function takeMarks(html: string, token: string): { html: string; marks: MarkList } {
  // A serializer may write an empty value. Each frame around it escapes the quotes once more.
  const mark = new RegExp(
    ` (${Object.keys(letters).join("|")})-${token}(?:=("|&(?:amp;)*quot;)(${encodedValue})\\2)?`,
    "g",
  );
  const clean: string[] = [];
  const list: string[] = [];
  let end = 0;
  for (const { 0: written, 1: name = "", 3: value, index } of html.matchAll(mark)) {
    clean.push(html.slice(end, index));
    list.push(letters[name] ?? "", (index - end).toString(36));
    if (value) list.push(":", value, ":");
    end = index + written.length;
  }
  clean.push(html.slice(end));
  return { html: clean.join(""), marks: list.join("") as MarkList };
}

/** Puts marks that takeMarks() removed back into the same HTML, under their plain names, or with `suffix`. */
export function putMarks(html: string, marks: MarkList, suffix = ""): string {
  const marked: string[] = [];
  let end = 0;
  for (const [, letter = "", distance = "", value] of marks.matchAll(/([A-Z])([0-9a-z]+)(?::([^:]+):)?/g)) {
    const at = end + Number.parseInt(distance, 36);
    marked.push(html.slice(end, at), " ", namesByLetter[letter] ?? "", suffix);
    if (value) marked.push("=", value);
    end = at;
  }
  marked.push(html.slice(end));
  return marked.join("");
}

/** Removes the marks with this suffix from a tree, and returns the placements of its elements. */
export function takePlacements({ children }: ParentNode, suffix: string): Map<Element, Placement> {
  const placements = new Map<Element, Placement>();
  const all = Object.keys(letters).map((name) => name + suffix);
  const take = (nodes: ChildNode[]): void => {
    for (const node of nodes) {
      if (!isTag(node)) continue;
      const placement = placementOf(node, suffix);
      if (placement) placements.set(node, placement);
      for (const name of all) if (name in node.attribs) delete node.attribs[name];
      take(node.children);
    }
  };
  take(children);
  return placements;
}
