/** White space as a browser lays it out (CSS Text 3, section 4.1): most of it in the HTML is there for its writer. */
import { type ChildNode, isTag, isText, type Text } from "domhandler";
import { hasMark } from "../captured-html.ts";
import { setChildren } from "../html-tree.ts";
import type { VisiblePage } from "./visible-page.ts";

const preformattedTags = new Set(["pre", "listing", "xmp"]);
/** They stand in a line like a letter. */
const atomicTags = new Set(["img", "input", "svg"]);

/** Where the walk is within a line. */
interface Line {
  /** Nothing but space has come in this line yet. */
  isEmpty: boolean;
  /** The last text, if it ends in a space that may turn out to end the line. */
  trailing: Text | null;
}

/**
 * Leaves of the page's white space what is seen: none at the ends of a line, and one space elsewhere, but all of it in
 * `<pre>` and the like. No-break spaces become spaces, and what has no width goes, joiners excepted.
 */
export function layOutSpaces({ root, blocks }: VisiblePage): void {
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
  // Spaces that may not break do not collapse in a browser. Seen, they are spaces like others.
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
