/**
 * Turns the visible page into a Markdown syntax tree (github.com/syntax-tree/mdast). An element without an equivalent in
 * Markdown is replaced by its content.
 */
import { type ChildNode, type Element, isTag, isText, type ParentNode } from "domhandler";
import { existsOne } from "domutils";
import type { BlockContent, Heading, ListItem, PhrasingContent, RowContent } from "mdast";
import { codeLanguage, codeText, hasLines } from "./code-blocks.ts";
import { addPhrasing, expressible, hasWords, onOneLine, paragraphsOf, wrapped } from "./markdown-inline.ts";
import { isLayoutTable, rowsOf, TableGrid } from "./markdown-table.ts";
import type { VisiblePage } from "./visible-page.ts";

/**
 * Most levels of nested lists and quotes, since each level indents every line in it. Deeper ones are written as plain
 * blocks.
 */
const MAX_NESTING = 12;

/** Most nodes in one paragraph, to limit memory. A longer one becomes several. */
const MAX_RUN = 2000;

/** Receives blocks in document order. */
export interface BlockSink {
  push(block: BlockContent): unknown;
}

/** The surroundings of a block. */
interface Context {
  nesting: number;
  /** Emphasis whose element contains whole blocks. */
  emphasis: readonly Emphasis[];
  /** A link that contains whole blocks. Its heading becomes the link, or else its first paragraph. */
  link: { url: string; forHeading: boolean; isUsed: boolean } | null;
}

type Emphasis = "strong" | "emphasis" | "delete";

const emphasisTags = new Map<string, Emphasis>([
  ...(["strong", "b"] as const).map((tag) => [tag, "strong"] as const),
  ...(["em", "i", "cite", "dfn", "var"] as const).map((tag) => [tag, "emphasis"] as const),
  ...(["del", "s", "strike"] as const).map((tag) => [tag, "delete"] as const),
]);

const codeTags = new Set(["code", "kbd", "samp", "tt"]);
const preTags = new Set(["pre", "listing", "xmp"]);
const listTags = new Set(["ul", "ol", "menu", "dir"]);
const headingDepths = new Map(([1, 2, 3, 4, 5, 6] as const).map((depth) => [`h${depth}`, depth]));

/** Passes the page's blocks to `sink`. */
export function writeMdast({ root, blocks }: VisiblePage, sink: BlockSink): void {
  new TreeWriter(blocks).flow(root, { nesting: 0, emphasis: [], link: null }, sink);
}

class TreeWriter {
  private readonly blocks: ReadonlySet<ChildNode>;
  private readonly grid = new TableGrid();

  constructor(blocks: ReadonlySet<ChildNode>) {
    this.blocks = blocks;
  }

  /** Writes the blocks below `parent`, and the inline content between them as paragraphs. */
  flow(parent: ParentNode, context: Context, out: BlockSink): void {
    let run: PhrasingContent[] = [];
    for (const child of parent.children) {
      if (isTag(child) && this.blocks.has(child)) {
        this.paragraphs(run, context, out);
        run = [];
        this.block(child, context, out);
      } else {
        this.phrasing(child, run, new Set(context.emphasis));
        if (run.length < MAX_RUN) continue;
        this.paragraphs(run, context, out);
        run = [];
      }
    }
    this.paragraphs(run, context, out);
  }

  private paragraphs(run: PhrasingContent[], context: Context, out: BlockSink): void {
    if (run.length === 0) return;
    for (const children of paragraphsOf(run)) {
      let content = children;
      for (const type of context.emphasis) content = wrapped(type, content);
      if (!context.link?.forHeading) content = linked(content, context.link);
      out.push({ type: "paragraph", children: expressible(content) });
    }
  }

  private block(element: Element, context: Context, out: BlockSink): void {
    const { name, attribs } = element;
    const depth = headingDepths.get(name);
    const emphasis = emphasisTags.get(name);
    if (depth) {
      this.heading(element, depth, context, out);
    } else if (preTags.has(name) || (name === "code" && hasLines(element))) {
      const value = codeText(element, this.blocks);
      if (value) out.push({ type: "code", lang: codeLanguage(element), value });
    } else if (listTags.has(name) && context.nesting < MAX_NESTING) {
      this.list(element, context, out);
    } else if (name === "dl" && context.nesting < MAX_NESTING) {
      this.definitions(element, context, out);
    } else if (name === "blockquote" && context.nesting < MAX_NESTING) {
      const children: BlockContent[] = [];
      this.flow(element, { ...context, nesting: context.nesting + 1 }, children);
      if (children.length > 0) out.push({ type: "blockquote", children });
    } else if (name === "table") {
      this.table(element, context, out);
    } else if (name === "hr") {
      out.push({ type: "thematicBreak" });
    } else if (name === "summary") {
      this.flow(element, { ...context, emphasis: [...context.emphasis, "strong"] }, out);
    } else if (emphasis && !context.emphasis.includes(emphasis)) {
      this.flow(element, { ...context, emphasis: [...context.emphasis, emphasis] }, out);
    } else if (name === "a" && attribs.href && !context.link) {
      const link = { url: attribs.href, forHeading: hasHeading(element), isUsed: false };
      this.flow(element, { ...context, link }, out);
    } else {
      this.flow(element, context, out);
    }
  }

  private heading(element: Element, depth: Heading["depth"], context: Context, out: BlockSink): void {
    const run = onOneLine(this.line(element, new Set(["strong"])), " ");
    if (run.length > 0)
      out.push({ type: "heading", depth, children: expressible(linked(run, context.link)) });
  }

  /** The content of an element as inline content. Blocks in it are separated by breaks. */
  private line(parent: ParentNode, within: ReadonlySet<string> = new Set()): PhrasingContent[] {
    const run: PhrasingContent[] = [];
    for (const child of parent.children) this.phrasing(child, run, within);
    return run;
  }

  /** @param within the emphasis and links that are already open */
  private phrasing(node: ChildNode, out: PhrasingContent[], within: ReadonlySet<string>): void {
    if (isText(node)) {
      addText(out, node.data);
    } else if (isTag(node)) {
      const isBlock = this.blocks.has(node);
      if (isBlock) addPhrasing(out, { type: "break" });
      this.phrasingElement(node, out, within);
      if (isBlock) addPhrasing(out, { type: "break" });
    }
  }

  private phrasingElement(element: Element, out: PhrasingContent[], within: ReadonlySet<string>): void {
    const { name, attribs } = element;
    const emphasis = emphasisTags.get(name);
    if (name === "br") {
      addPhrasing(out, { type: "break" });
    } else if (name === "img") {
      addImage(out, attribs);
    } else if (emphasis && !within.has(emphasis)) {
      const children = this.line(element, new Set([...within, emphasis]));
      for (const child of wrapped(emphasis, children)) addPhrasing(out, child);
    } else if (codeTags.has(name) && !hasLink(element)) {
      addCode(out, codeText(element, this.blocks));
    } else if (name === "a" && attribs.href && !within.has("link")) {
      const children = this.line(element, new Set([...within, "link"]));
      for (const child of wrapped("link", children, attribs.href)) addPhrasing(out, child);
    } else {
      const [before, after] = surroundings(element);
      if (before) addPhrasing(out, before);
      for (const child of element.children) this.phrasing(child, out, within);
      if (after) addPhrasing(out, after);
    }
  }

  private list(element: Element, context: Context, out: BlockSink): void {
    const children: ListItem[] = [];
    this.items(element, { ...context, nesting: context.nesting + 1 }, children);
    if (children.length === 0) return;
    const spread = children.some((item) => item.spread);
    if (element.name !== "ol") {
      out.push({ type: "list", ordered: false, spread, children });
      return;
    }
    const start = Number(element.attribs.start ?? 1);
    const isUsable = Number.isInteger(start) && start >= 0 && start < 1e9 - children.length;
    out.push({ type: "list", ordered: true, start: isUsable ? start : 1, spread, children });
  }

  private items(parent: ParentNode, context: Context, out: ListItem[]): void {
    for (const child of parent.children) {
      if (isTag(child) && child.name !== "li" && !listTags.has(child.name) && child.children.some(isItem)) {
        this.items(child, context, out);
        continue;
      }
      const children: BlockContent[] = [];
      if (isTag(child) && child.name === "li") this.flow(child, context, children);
      else this.flow({ children: [child] } as unknown as ParentNode, context, children);
      if (children.length === 0) continue;
      const last = out.at(-1);
      // A list between items belongs to the item before it.
      if (last && isTag(child) && listTags.has(child.name)) last.children.push(...children);
      else out.push(itemOf(children, isTag(child) ? checkedState(child) : null));
    }
  }

  /** Writes a definition list as a list of `**Term**: definition`. */
  private definitions(element: Element, context: Context, out: BlockSink): void {
    const items: { terms: PhrasingContent[][]; definitions: BlockContent[][] }[] = [];
    const read = (parent: ParentNode): void => {
      for (const child of parent.children) {
        if (!isTag(child)) continue;
        const last = items.at(-1);
        if (child.name === "dt") {
          const term = onOneLine(this.line(child, new Set(["strong"])), " ");
          if (term.length === 0) continue;
          if (last && last.definitions.length === 0) last.terms.push(term);
          else items.push({ terms: [term], definitions: [] });
        } else if (child.name === "dd") {
          const definition: BlockContent[] = [];
          this.flow(child, { ...context, nesting: context.nesting + 1 }, definition);
          if (definition.length === 0) continue;
          if (last) last.definitions.push(definition);
          else items.push({ terms: [], definitions: [definition] });
        } else {
          read(child);
        }
      }
    };
    read(element);
    const children = items.map(({ terms, definitions }) =>
      itemOf(definitionBlocks(terms, definitions), null),
    );
    const spread = children.some((item) => item.spread);
    if (children.length > 0) out.push({ type: "list", ordered: false, spread, children });
  }

  private table(element: Element, context: Context, out: BlockSink): void {
    const rows = rowsOf(element);
    const isForLayout = isLayoutTable(element, rows);
    for (const child of element.children) {
      if (isTag(child) && child.name === "caption") this.flow(child, context, out);
    }
    if (isForLayout) {
      for (const { cells } of rows) {
        for (const cell of cells) this.flow(cell, context, out);
      }
      return;
    }
    const children = this.grid.fill(rows, (cell): RowContent => {
      const within = new Set(cell.name === "th" ? ["strong"] : []);
      return { type: "tableCell", children: expressible(onOneLine(this.line(cell, within), "<br>")) };
    });
    if (children.length > 0) out.push({ type: "table", children });
  }
}

function isItem(node: ChildNode): boolean {
  return isTag(node) && node.name === "li";
}

function itemOf(children: BlockContent[], checked: boolean | null): ListItem {
  const blocks = children.filter(({ type }) => type !== "list");
  return { type: "listItem", checked, spread: blocks.length > 1, children };
}

/** Whether the checkbox at the beginning of the item is checked; null if there is none. */
function checkedState(item: Element): boolean | null {
  let first: ChildNode | undefined = item;
  for (let depth = 0; depth < 4 && first && isTag(first); depth++) {
    if (first.name === "input") return "checked" in first.attribs;
    first = first.children.find((child) => !isText(child) || child.data.trim() !== "");
  }
  return null;
}

function definitionBlocks(terms: PhrasingContent[][], definitions: BlockContent[][]): BlockContent[] {
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

function linked(children: PhrasingContent[], link: Context["link"]): PhrasingContent[] {
  if (!link || link.isUsed || !hasWords(children) || children.some(({ type }) => type === "link"))
    return children;
  link.isUsed = true;
  return wrapped("link", children, link.url);
}

function hasHeading({ children }: Element): boolean {
  return existsOne(({ name }) => headingDepths.has(name), children);
}

function hasLink({ children }: Element): boolean {
  return existsOne(({ name }) => name === "a", children);
}

/** What an element shows around its content. */
function surroundings({ name, children }: Element): [PhrasingContent?, PhrasingContent?] {
  if (name === "q") return [text("“"), text("”")];
  if (name === "rt") return [text("("), text(")")];
  // As plain text, 10<sup>6</sup> would read as 106.
  const isScript = (name === "sup" || name === "sub") && children.every(isText) && children.some(isText);
  return isScript
    ? [
        { type: "html", value: `<${name}>` },
        { type: "html", value: `</${name}>` },
      ]
    : [];
}

function text(value: string): PhrasingContent {
  return { type: "text", value };
}

/** Adds text. Its line feeds become breaks. */
function addText(out: PhrasingContent[], value: string): void {
  const lines = value.includes("\n") ? value.split("\n") : [value];
  for (const [i, line] of lines.entries()) {
    if (i > 0) addPhrasing(out, { type: "break" });
    if (line !== "") addPhrasing(out, text(lines.length > 1 ? line.replace(/[ \t]+/g, " ") : line));
  }
}

function addCode(out: PhrasingContent[], code: string): void {
  const value = code.replace(/\s+/g, " ").trim();
  if (value) addPhrasing(out, { type: "inlineCode", value });
}

function addImage(out: PhrasingContent[], { src, alt = "" }: Record<string, string>): void {
  if (src) addPhrasing(out, { type: "image", url: src, alt: alt.replace(/\s+/g, " ").trim() });
}
