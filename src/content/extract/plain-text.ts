/**
 * Writes a page as plain text, like a browser's `innerText`: visible text in lines, with blank lines around paragraphs.
 */
import { type ChildNode, type Element, isTag, isText, type ParentNode } from "domhandler";
import { hasMark, type PageHtml } from "../captured-html.ts";
import { headingTags } from "./block-tags.ts";
import { type VisiblePage, visiblePage } from "./visible-page.ts";
import { preformattedTags } from "./white-space.ts";

/** Elements with a blank line before and after. */
const spacedTags = new Set([
  ...headingTags,
  ...["p", "blockquote", "pre", "listing", "xmp", "table", "ul", "ol", "dl", "figure", "hr", "details"],
  ...["article", "section", "iframe"],
]);

/** Elements that get no blank lines inside: their content belongs together. */
const tightTags = new Set([
  "ul",
  "ol",
  "dl",
  "li",
  "td",
  "th",
  "dt",
  "dd",
  "summary",
  "figcaption",
  "caption",
]);

/** The visible text of a page. `url` is the page's own URL. */
export function textOfPage(html: PageHtml | string, url: string): string {
  return writeText(visiblePage(html, url));
}

/** The text ends in a line feed, unless it is empty. */
export function writeText({ root, blocks }: VisiblePage): string {
  const writer = new TextWriter(blocks);
  writer.write(root, false, false);
  return writer.text;
}

class TextWriter {
  private readonly blocks: ReadonlySet<ChildNode>;
  private readonly parts: string[] = [];
  /** Line feeds to write before the next text: 0, 1, or 2. */
  private pending = 0;
  /** Line feeds at the end of the text so far. If there are any, the current line is empty. */
  private feeds = 2;
  /** The text's own line feed was left out, since it follows a block. */
  private isFeedLeftOut = false;
  /** The next text is the first in its table cell. */
  private isCellStart = false;

  constructor(blocks: ReadonlySet<ChildNode>) {
    this.blocks = blocks;
  }

  get text(): string {
    const text = this.parts
      .join("")
      .replace(/[ \t]+$/gm, "")
      .replace(/^\n+|\n+$/g, "");
    return text === "" ? "" : `${text}\n`;
  }

  write(parent: ParentNode, isTight: boolean, isPreserved: boolean): void {
    let cells = 0;
    for (const child of parent.children) {
      if (isText(child)) {
        this.put(child.data, isPreserved);
      } else if (isTag(child)) {
        const { name } = child;
        if (name === "br") {
          this.breakLine();
        } else if (name === "td" || name === "th") {
          this.startCell(cells === 0);
          cells += 1;
          this.write(child, true, isPreserved);
          this.isCellStart = false;
        } else {
          this.writeElement(
            child,
            isTight,
            isPreserved || preformattedTags.has(name) || hasMark(child, "preserved"),
          );
        }
      }
    }
  }

  private writeElement(element: Element, isTight: boolean, isPreserved: boolean): void {
    const { name } = element;
    const gap = this.blocks.has(element) ? (spacedTags.has(name) && !isTight ? 2 : 1) : 0;
    const [before, after] = name === "rt" ? ["(", ")"] : name === "q" ? ["“", "”"] : ["", ""];
    this.pending = Math.max(this.pending, gap);
    this.put(before, false);
    this.write(element, isTight || tightTags.has(name), isPreserved);
    this.put(after, false);
    this.pending = Math.max(this.pending, gap);
  }

  private startCell(isFirst: boolean): void {
    if (!isFirst) {
      this.parts.push("\t");
      this.feeds = 0;
    }
    if (isFirst && this.pending > 0) this.breakLine(this.pending);
    this.pending = 0;
    this.isCellStart = true;
  }

  /** Ends the line, so that the text ends in at least `feeds` line feeds, but never more than two. */
  private breakLine(feeds = this.feeds + 1): void {
    const missing = Math.min(feeds, 2) - this.feeds;
    if (missing <= 0) return;
    this.parts.push("\n".repeat(missing));
    this.feeds += missing;
  }

  private put(written: string, isPreserved: boolean): void {
    const leavesOut = isPreserved && this.pending > 0 && !this.isFeedLeftOut && written.startsWith("\n");
    const text = leavesOut ? written.slice(1) : written;
    this.isFeedLeftOut = leavesOut || (this.isFeedLeftOut && text === "");
    if (text === "") return;
    if (this.pending > 0 && !this.isCellStart) this.breakLine(this.pending);
    this.pending = 0;
    this.isCellStart = false;
    const shown = this.feeds > 0 && !isPreserved ? text.trimStart() : text;
    if (shown === "") return;
    this.parts.push(shown);
    this.feeds = shown.endsWith("\n") ? 1 : 0;
  }
}
