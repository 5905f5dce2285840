/** Writes a page as Markdown: CommonMark with GitHub's tables, task lists and strikethrough. */
import type { BlockContent, Image, Link, Text } from "mdast";
import { gfmStrikethroughToMarkdown } from "mdast-util-gfm-strikethrough";
import { gfmTableToMarkdown } from "mdast-util-gfm-table";
import { gfmTaskListItemToMarkdown } from "mdast-util-gfm-task-list-item";
import { type Handle, type Options, toMarkdown } from "mdast-util-to-markdown";
import type { PageHtml } from "../captured-html.ts";
import { type BlockSink, writeMdast } from "./markdown-tree.ts";
import { type VisiblePage, visiblePage } from "./visible-page.ts";

/** The Markdown of a page. `url` is the page's own URL. */
export function markdownOfPage(html: PageHtml | string, url: string): string {
  return writeMarkdown(visiblePage(html, url));
}

/** The Markdown ends in a line feed, unless the page shows nothing. */
export function writeMarkdown(page: VisiblePage): string {
  const writer = new MarkdownWriter();
  writeMdast(page, writer);
  return writer.end();
}

/** The Markdown of these blocks. */
export function markdownOfBlocks(blocks: Iterable<BlockContent>): string {
  const writer = new MarkdownWriter();
  for (const block of blocks) writer.push(block);
  return writer.end();
}

/**
 * Blocks that are collected before they are written. This way a large page never has its whole syntax tree in memory.
 */
const BLOCKS_AT_ONCE = 100;

class MarkdownWriter implements BlockSink {
  private readonly parts: string[] = [];
  private blocks: BlockContent[] = [];

  push(block: BlockContent): void {
    // How a list or code block is written depends on the one before it, so they must be written together.
    const last = this.blocks.at(-1)?.type;
    const isFree = block.type === "paragraph" || block.type === "heading";
    if (this.blocks.length >= BLOCKS_AT_ONCE && isFree && last !== "list" && last !== "code") this.write();
    this.blocks.push(block);
  }

  end(): string {
    this.write();
    return this.parts.join("\n");
  }

  private write(): void {
    if (this.blocks.length > 0) this.parts.push(toMarkdown({ type: "root", children: this.blocks }, options));
    this.blocks = [];
  }
}

/** Text that has no meaning in Markdown wherever it stands, and needs no escaping. */
const plainText = /^(?![-+=\d\s])[^\\`*_[\]<>&~|#!:$@\n]*$/;

/** Characters that are escaped at once. The library records each one that needs it, which takes memory. */
const MAX_PIECE = 20_000;

const text: Handle = (node: Text, _parent, state, info) => {
  const { value } = node;
  if (plainText.test(value) && info.after !== "\n" && info.before !== "\n") return value;
  if (value.length <= MAX_PIECE) return state.safe(value, info);
  const pieces: string[] = [];
  for (let at = 0; at < value.length; at += MAX_PIECE) {
    const end = at + MAX_PIECE;
    const before = at === 0 ? info.before : value.charAt(at - 1);
    const after = end >= value.length ? info.after : value.charAt(end);
    pieces.push(state.safe(value.slice(at, end), { ...info, before, after }));
  }
  return pieces.join("");
};

const link: Handle & { peek?: Handle } = (node: Link, _parent, state, info) => {
  const exits = [state.enter("link"), state.enter("label")];
  const label = state.containerPhrasing(node, { ...info, before: "[", after: "]" });
  for (const exit of exits.reverse()) exit();
  return `[${label}](${destination(node.url)})`;
};
link.peek = () => "[";

const image: Handle & { peek?: Handle } = (node: Image, _parent, state, info) => {
  const exits = [state.enter("image"), state.enter("label")];
  const label = state.safe(node.alt, { ...info, before: "[", after: "]" });
  for (const exit of exits.reverse()) exit();
  return `![${label}](${destination(node.url)})`;
};
image.peek = () => "!";

/** A URL may contain parentheses in pairs. Others would end it early. */
function destination(url: string): string {
  const isPaired = /^[^()]*(?:\([^()]*\)[^()]*)*$/.test(url);
  const unsafe = isPaired ? /[<>\s]/g : /[<>()\s]/g;
  return url.replace(
    unsafe,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

const options: Options = {
  bullet: "-",
  listItemIndent: "one",
  rule: "-",
  extensions: [
    gfmTableToMarkdown({ tablePipeAlign: false }),
    gfmStrikethroughToMarkdown(),
    gfmTaskListItemToMarkdown(),
    { handlers: { text, link, image } },
  ],
};
