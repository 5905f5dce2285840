/** Writes a page as Markdown: CommonMark with GitHub's tables, task lists and strikethrough. */
import type { BlockContent, Image, InlineCode, Link, ListItem, Text } from "mdast";
import { gfmStrikethroughToMarkdown } from "mdast-util-gfm-strikethrough";
import { gfmTableToMarkdown } from "mdast-util-gfm-table";
import { gfmTaskListItemToMarkdown } from "mdast-util-gfm-task-list-item";
import {
  defaultHandlers,
  type Handle,
  type Info,
  type Options,
  type State,
  toMarkdown,
} from "mdast-util-to-markdown";
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

/** Characters of TeX in dollar signs that is recognized. */
const MAX_TEX = 1000;

/** Where the TeX ends that begins with the dollar sign at `from`, as people write it for MathJax, or -1. */
function endOfTex(value: string, from: number): number {
  const mark = value.startsWith("$$", from) ? "$$" : "$";
  const begin = from + mark.length;
  const to = value.indexOf(mark, begin);
  if (to < 0 || to - begin > MAX_TEX) return -1;
  const tex = value.slice(begin, to);
  if (tex.includes("\n") || !looksLikeTex(tex)) return -1;
  // Otherwise it is a pair of prices, or of names of variables.
  const isMarked = mark === "$$" || (!/^[\s\d]|\s$/.test(tex) && !/\d/.test(value.charAt(to + 1)));
  return isMarked ? to + mark.length : -1;
}

/** Whether it has a command or a script, or no words. */
function looksLikeTex(tex: string): boolean {
  return /[\\_^]/.test(tex) || (/[*=+<>|[\]]/.test(tex) && !/\p{L}{2}/u.test(tex));
}

const text: Handle = (node: Text, _parent, state, info) => {
  const { value } = node;
  if (plainText.test(value) && info.after !== "\n" && info.before !== "\n") return value;
  if (!value.includes("$")) return safe(value, state, info);
  const pieces: string[] = [];
  let end = 0;
  const escapeUntil = (to: number, after: string) => {
    const before = end > 0 ? "$" : info.before;
    pieces.push(safe(value.slice(end, to), state, { ...info, before, after }));
  };
  for (let from = value.indexOf("$"); from >= 0; from = value.indexOf("$", from)) {
    const to = endOfTex(value, from);
    if (to >= 0) {
      escapeUntil(from, "$");
      pieces.push(inCell(value.slice(from, to), state));
      end = to;
    }
    from = Math.max(to, from + 1);
  }
  escapeUntil(value.length, info.after);
  return pieces.join("");
};

function safe(value: string, state: State, info: Info): string {
  if (value.length <= MAX_PIECE) return state.safe(value, info);
  const pieces: string[] = [];
  for (let at = 0; at < value.length; at += MAX_PIECE) {
    const end = at + MAX_PIECE;
    const before = at === 0 ? info.before : value.charAt(at - 1);
    const after = end >= value.length ? info.after : value.charAt(end);
    pieces.push(state.safe(value.slice(at, end), { ...info, before, after }));
  }
  return pieces.join("");
}

const inlineMath: Handle & { peek?: Handle } = ({ value }: { value: string }, _parent, state) =>
  inCell(value, state);
inlineMath.peek = () => "$";

/** In a table, a pipe ends the cell, even one after an escaped backslash. */
function inCell(tex: string, state: State): string {
  if (!state.stack.includes("tableCell")) return tex;
  return tex.replace(/\\\|/g, "\\Vert ").replace(/\|/g, "\\|");
}

const inlineCode: Handle & { peek?: Handle } = (node: InlineCode, parent, state, info) => {
  // In a table, `\|` in code is a pipe, so a backslash before one has to be written otherwise.
  if (!node.value.includes("\\|") || !state.stack.includes("tableCell"))
    return tables.handlers?.inlineCode?.(node, parent, state, info) ?? "";
  const signs = /[!-/:-@[-`{-~]/g;
  return `<code>${node.value.replace(signs, (sign) => `&#${sign.charCodeAt(0)};`)}</code>`;
};
inlineCode.peek = () => "`";

/** The library counts from the list's first number. */
const listItem: Handle = (node: ListItem, parent, state, info) => {
  const start = node.data?.number;
  const isNumbered = parent?.type === "list" && start !== undefined;
  const list = isNumbered ? { ...parent, start, children: [node] } : parent;
  return defaultHandlers.listItem(node, list, state, info);
};

const link: Handle & { peek?: Handle } = (node: Link, _parent, state, info) => {
  const exits = [state.enter("link"), state.enter("label")];
  const label = state.containerPhrasing(node, { ...info, before: "[", after: "]" });
  for (const exit of exits.reverse()) exit();
  return `[${label}](${destination(node.url, state)})`;
};
link.peek = () => "[";

const image: Handle & { peek?: Handle } = (node: Image, _parent, state, info) => {
  const exits = [state.enter("image"), state.enter("label")];
  const label = state.safe(node.alt, { ...info, before: "[", after: "]" });
  for (const exit of exits.reverse()) exit();
  return `![${label}](${destination(node.url, state)})`;
};
image.peek = () => "!";

/** A URL may contain parentheses in pairs. Others would end it early, and so would a pipe in a table. */
function destination(url: string, state: State): string {
  const isPaired = /^[^()]*(?:\([^()]*\)[^()]*)*$/.test(url);
  const unsafe = isPaired ? /[<>\s]/g : /[<>()\s]/g;
  const encoded = url.replace(
    unsafe,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
  return state.stack.includes("tableCell") ? encoded.replaceAll("|", "\\|") : encoded;
}

const tables = gfmTableToMarkdown({ tablePipeAlign: false });

const options: Options = {
  bullet: "-",
  listItemIndent: "one",
  rule: "-",
  extensions: [
    tables,
    gfmStrikethroughToMarkdown(),
    gfmTaskListItemToMarkdown(),
    { handlers: { text, link, image, inlineCode, inlineMath, listItem } },
  ],
};
