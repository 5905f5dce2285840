/** Collapses white space as a browser does when it lays out a page (CSS Text 3, section 4.1). */
import { type ChildNode, isTag, isText, type Text } from "domhandler";
import { hasMark } from "../captured-html.ts";
import { setChildren } from "../html-tree.ts";
import type { VisiblePage } from "./visible-page.ts";

const preformattedTags = new Set(["pre", "listing", "xmp"]);
/** Elements that take a place in a line as a letter does. */
const atomicTags = new Set(["img", "input", "svg"]);

/** The line being laid out. */
interface Line {
  /** It contains nothing but space so far. */
  isEmpty: boolean;
  /** The last text, if it ends in a space that is removed should the line end here. */
  trailing: Text | null;
}

/**
 * Keeps only visible white space: none at the ends of a line, one space elsewhere, and all of it in `<pre>` and similar
 * elements. No-break spaces become spaces, and zero-width characters other than joiners are removed.
 */
export function collapseWhiteSpace({ root, blocks }: VisiblePage): void {
  const line: Line = { isEmpty: true, trailing: null };
  for (const child of root.children) layOut(child, line, false, blocks);
  endLine(line);
}

function layOut(node: ChildNode, line: Line, isPreserved: boolean, blocks: ReadonlySet<ChildNode>): void {
  if (isText(node)) {
    layOutText(node, line, isPreserved);
  } else if (isTag(node)) {
    const isBlock = blocks.has(node) || node.name === "br";
    if (isBlock) endLine(line);
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
    }
  }
}

function layOutText(text: Text, line: Line, isPreserved: boolean): void {
  const shown = text.data.replace(/[\u00ad\u200b\u2060\ufeff]/g, "");
  if (isPreserved) {
    text.data = shown.replace(/\u00a0/g, " ").replace(/\r\n?/g, "\n");
    line.isEmpty = shown === "" && line.isEmpty;
    line.trailing = null;
    return;
  }
  // No-break spaces do not collapse in a browser, but to a reader they look like any other space.
  let data = shown.replace(/[ \t\n\r\f\u00a0]+/g, " ");
  if (data.startsWith(" ") && (line.isEmpty || line.trailing)) data = data.slice(1);
  text.data = data;
  if (data === "") return;
  line.isEmpty = false;
  line.trailing = data.endsWith(" ") ? text : null;
}

function endLine(line: Line): void {
  if (line.trailing) line.trailing.data = line.trailing.data.slice(0, -1);
  line.isEmpty = true;
  line.trailing = null;
}

function isEmptyText(node: ChildNode): boolean {
  return isText(node) && node.data === "";
}
