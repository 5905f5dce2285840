/** Collapses white space as a browser does when it lays out a page (CSS Text 3, section 4.1). */
import { type ChildNode, isTag, isText, type Text } from "domhandler";
import { hasMark } from "../captured-html.ts";
import { setChildren } from "../html-tree.ts";
import type { VisiblePage } from "./visible-page.ts";

export const preformattedTags: ReadonlySet<string> = new Set(["pre", "listing", "xmp", "textarea"]);
/** Elements that take a place in a line as a letter does. */
const atomicTags = new Set(["img", "input", "checkbox", "svg"]);

/** Characters that stand right beside what they belong to. */
const opening = /[\s([{«“‘„¿¡]$/u;
const closing = /^[\s)\]}»”’.,;:!?…%]/u;

/** The line being laid out. */
interface Line {
  /** It contains nothing but space so far. */
  isEmpty: boolean;
  /** The last text, if it ends in a space that is removed should the line end here. */
  trailing: Text | null;
  /** The last text. */
  last: Text | null;
  /** The next text stands apart from the last. */
  isApart: boolean;
}

/**
 * Keeps only visible white space: none at the ends of a line, one space elsewhere, and all of it in `<pre>` and similar
 * elements. No-break spaces become spaces, and zero-width characters other than joiners are removed.
 */
export function collapseWhiteSpace({ root, blocks }: VisiblePage): void {
  const line: Line = { isEmpty: true, trailing: null, last: null, isApart: false };
  for (const child of root.children) layOut(child, line, false, blocks);
  endLine(line);
}

function layOut(node: ChildNode, line: Line, isPreserved: boolean, blocks: ReadonlySet<ChildNode>): void {
  if (isText(node)) {
    layOutText(node, line, isPreserved);
  } else if (isTag(node)) {
    const isBlock = blocks.has(node) || node.name === "br";
    if (isBlock) endLine(line);
    const isApart = !isBlock && hasMark(node, "apart");
    const { isApart: wasApart, last } = line;
    line.isApart ||= isApart;
    const preserves = isPreserved || preformattedTags.has(node.name) || hasMark(node, "preserved");
    for (const child of node.children) layOut(child, line, preserves, blocks);
    if (node.children.some(isEmptyText))
      setChildren(
        node,
        node.children.filter((child) => !isEmptyText(child)),
      );
    if (isBlock) {
      endLine(line);
    } else if (atomicTags.has(node.name)) {
      line.isEmpty = false;
      line.trailing = null;
      line.last = null;
    }
    // What shows nothing separates nothing.
    if (isApart) line.isApart = line.last === last ? wasApart : true;
  }
}

function layOutText(text: Text, line: Line, isPreserved: boolean): void {
  let shown = text.data.replace(/[\u00ad\u200b\u2060\ufeff]/g, "");
  if (line.isApart && shown !== "") {
    line.isApart = false;
    if (line.last && !opening.test(line.last.data.slice(-1)) && !closing.test(shown)) shown = ` ${shown}`;
  }
  if (isPreserved) {
    text.data = shown.replace(/\u00a0/g, " ").replace(/\r\n?/g, "\n");
    line.isEmpty = shown === "" && line.isEmpty;
    line.trailing = null;
    line.last = shown === "" ? line.last : text;
    return;
  }
  // No-break spaces do not collapse in a browser, but to a reader they look like any other space.
  let data = shown.replace(/[ \t\n\r\f\u00a0]+/g, " ");
  if (data.startsWith(" ") && (line.isEmpty || line.trailing)) data = data.slice(1);
  text.data = data;
  if (data === "") return;
  line.isEmpty = false;
  line.last = text;
  line.trailing = data.endsWith(" ") ? text : null;
}

function endLine(line: Line): void {
  if (line.trailing) line.trailing.data = line.trailing.data.slice(0, -1);
  line.isEmpty = true;
  line.trailing = null;
  line.last = null;
  line.isApart = false;
}

function isEmptyText(node: ChildNode): boolean {
  return isText(node) && node.data === "";
}
