/** A page's text, as a browser's `innerText` has it: what is seen, in lines, with a blank line about paragraphs. */
import { type ChildNode, isTag, isText, type ParentNode } from "domhandler";
import { type VisiblePage, visiblePage } from "./visible.ts";

/** A blank line stands before and after. */
const spacedTags = new Set([
  ...[
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "pre",
    "listing",
    "xmp",
    "table",
    "ul",
    "ol",
    "dl",
  ],
  ...["figure", "hr", "details", "article", "section", "iframe"],
]);

/** Within these, blank lines would only pull apart what belongs together. */
const tightTags = new Set(["li", "td", "th", "dt", "dd", "summary", "figcaption", "caption"]);

/** The visible text of a page. `html` as rendered, `url` the page's own address. */
export function textOfPage(html: string, url: string): string {
  return writeText(visiblePage(html, url));
}

/** Ends in a line feed, unless there is no text at all. */
export function writeText({ root, blocks }: VisiblePage): string {
  const writer = new TextWriter(blocks);
  writer.write(root, false);
  return writer.text;
}

class TextWriter {
  private readonly blocks: ReadonlySet<ChildNode>;
  private readonly parts: string[] = [];
  /** Line feeds that are due before the next text: 0, 1, or 2. */
  private due = 0;

  constructor(blocks: ReadonlySet<ChildNode>) {
    this.blocks = blocks;
  }

  get text(): string {
    const text = this.parts
      .join("")
      .replace(/[ \t]+$/gm, "")
      .replace(/\n{3,}/g, "\n\n")
      .replace(/^\n+|\n+$/g, "");
    return text === "" ? "" : `${text}\n`;
  }

  write(parent: ParentNode, isTight: boolean): void {
    let cells = 0;
    for (const child of parent.children) {
      if (isText(child)) {
        this.put(child.data);
      } else if (isTag(child)) {
        const { name } = child;
        if (name === "br") {
          this.parts.push("\n");
        } else if (name === "td" || name === "th") {
          if (cells > 0) this.parts.push("\t");
          cells += 1;
          this.due = 0;
          this.write(child, true);
          this.due = 0;
        } else {
          const gap = this.blocks.has(child) ? (spacedTags.has(name) && !isTight ? 2 : 1) : 0;
          this.due = Math.max(this.due, gap);
          if (name === "rt") this.put("(");
          if (name === "q") this.put("“");
          this.write(child, isTight || tightTags.has(name));
          if (name === "q") this.put("”");
          if (name === "rt") this.put(")");
          this.due = Math.max(this.due, gap);
        }
      }
    }
  }

  private put(text: string): void {
    if (text === "") return;
    if (this.due > 0) this.parts.push("\n".repeat(this.due));
    this.due = 0;
    this.parts.push(text);
  }
}
