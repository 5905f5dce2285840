/**
 * The visible page as a Markdown syntax tree (github.com/syntax-tree/mdast). Elements that Markdown has nothing for give
 * what is in them.
 */
import { type ChildNode, type Element, isTag, isText, type ParentNode } from "domhandler";
import type { BlockContent, Heading, ListItem, PhrasingContent, RowContent } from "mdast";
import { codeLanguage, codeText, hasLines } from "./code-blocks.ts";
import { addPhrasing, hasWords, hoisted, paragraphsOf, unbroken, writable } from "./markdown-inline.ts";
import { isLayout, rowsOf, TableGrid } from "./markdown-table.ts";
import type { VisiblePage } from "./visible-page.ts";

/** Lists and quotes within each other, at most; deeper ones lose their mark. Each level indents every line in it. */
const MAX_NESTING = 12;

/** Nodes in one paragraph, at most: a longer one, which no reader would bear, becomes several. It would take much memory. */
const MAX_RUN = 2000;

/** Takes blocks as they come, in order. */
export interface BlockSink {
  push(block: BlockContent): unknown;
}

/** What surrounds a block. */
interface Around {
  nesting: number;
  /** Emphasis whose element holds whole blocks. */
  emphasis: readonly Emphasis[];
  /** A link that holds whole blocks: its heading becomes the link, or else its first paragraph. */
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

/** Hands the page's blocks to `sink`, one after the other. */
export function writeMdast({ root, blocks }: VisiblePage, sink: BlockSink): void {
  new TreeWriter(blocks).flow(root, { nesting: 0, emphasis: [], link: null }, sink);
}

class TreeWriter {
  private readonly blocks: ReadonlySet<ChildNode>;
  private readonly grid = new TableGrid();

  constructor(blocks: ReadonlySet<ChildNode>) {
    this.blocks = blocks;
  }

  /** What is below `parent`: its blocks, and what stands between them in paragraphs. */
  flow(parent: ParentNode, around: Around, out: BlockSink): void {
    let run: PhrasingContent[] = [];
    for (const child of parent.children) {
      if (isTag(child) && this.blocks.has(child)) {
        this.paragraphs(run, around, out);
        run = [];
        this.block(child, around, out);
      } else {
        this.phrasing(child, run, new Set(around.emphasis));
        if (run.length < MAX_RUN) continue;
        this.paragraphs(run, around, out);
        run = [];
      }
    }
    this.paragraphs(run, around, out);
  }

  private paragraphs(run: PhrasingContent[], around: Around, out: BlockSink): void {
    if (run.length === 0) return;
    for (const children of paragraphsOf(run)) {
      let content = children;
      for (const type of around.emphasis) content = hoisted(type, content);
      if (!around.link?.forHeading) content = linked(content, around.link);
      out.push({ type: "paragraph", children: writable(content) });
    }
  }

  private block(element: Element, around: Around, out: BlockSink): void {
    const { name, attribs } = element;
    const depth = headingDepths.get(name);
    const emphasis = emphasisTags.get(name);
    if (depth) {
      this.heading(element, depth, around, out);
    } else if (preTags.has(name) || (name === "code" && hasLines(element))) {
      const value = codeText(element, this.blocks);
      if (value) out.push({ type: "code", lang: codeLanguage(element), value });
    } else if (listTags.has(name) && around.nesting < MAX_NESTING) {
      this.list(element, around, out);
    } else if (name === "dl" && around.nesting < MAX_NESTING) {
      this.definitions(element, around, out);
    } else if (name === "blockquote" && around.nesting < MAX_NESTING) {
      const children: BlockContent[] = [];
      this.flow(element, { ...around, nesting: around.nesting + 1 }, children);
      if (children.length > 0) out.push({ type: "blockquote", children });
    } else if (name === "table") {
      this.table(element, around, out);
    } else if (name === "hr") {
      out.push({ type: "thematicBreak" });
    } else if (name === "summary") {
      this.flow(element, { ...around, emphasis: [...around.emphasis, "strong"] }, out);
    } else if (emphasis && !around.emphasis.includes(emphasis)) {
      this.flow(element, { ...around, emphasis: [...around.emphasis, emphasis] }, out);
    } else if (name === "a" && attribs.href && !around.link) {
      const link = { url: attribs.href, forHeading: hasHeading(element), isUsed: false };
      this.flow(element, { ...around, link }, out);
    } else {
      this.flow(element, around, out);
    }
  }

  private heading(element: Element, depth: Heading["depth"], around: Around, out: BlockSink): void {
    const run = unbroken(this.line(element, new Set(["strong"])), " ");
    if (run.length > 0) out.push({ type: "heading", depth, children: writable(linked(run, around.link)) });
  }

  /** What is in an element, all in one line: blocks in it are parted by breaks. */
  private line(parent: ParentNode, within: ReadonlySet<string> = new Set()): PhrasingContent[] {
    const run: PhrasingContent[] = [];
    for (const child of parent.children) this.phrasing(child, run, within);
    return run;
  }

  /** `within`: the emphasis and links that are open already. */
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
      for (const child of hoisted(emphasis, children)) addPhrasing(out, child);
    } else if (codeTags.has(name) && !holdsLink(element)) {
      addCode(out, codeText(element, this.blocks));
    } else if (name === "a" && attribs.href && !within.has("link")) {
      const children = this.line(element, new Set([...within, "link"]));
      for (const child of hoisted("link", children, attribs.href)) addPhrasing(out, child);
    } else {
      const [before, after] = surroundings(element);
      if (before) addPhrasing(out, before);
      for (const child of element.children) this.phrasing(child, out, within);
      if (after) addPhrasing(out, after);
    }
  }

  private list(element: Element, around: Around, out: BlockSink): void {
    const children: ListItem[] = [];
    this.items(element, { ...around, nesting: around.nesting + 1 }, children);
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

  private items(parent: ParentNode, around: Around, out: ListItem[]): void {
    for (const child of parent.children) {
      if (isTag(child) && child.name !== "li" && !listTags.has(child.name) && child.children.some(isItem)) {
        this.items(child, around, out);
        continue;
      }
      const children: BlockContent[] = [];
      if (isTag(child) && child.name === "li") this.flow(child, around, children);
      else this.flow({ children: [child] } as unknown as ParentNode, around, children);
      if (children.length === 0) continue;
      const last = out.at(-1);
      // A list that stands between the items belongs to the item before it.
      if (last && isTag(child) && listTags.has(child.name)) last.children.push(...children);
      else out.push(itemOf(children, isTag(child) ? checkedState(child) : null));
    }
  }

  /** Each term with what is said of it: `**Term**: definition`. */
  private definitions(element: Element, around: Around, out: BlockSink): void {
    const items: { terms: PhrasingContent[][]; definitions: BlockContent[][] }[] = [];
    const read = (parent: ParentNode): void => {
      for (const child of parent.children) {
        if (!isTag(child)) continue;
        const last = items.at(-1);
        if (child.name === "dt") {
          const term = unbroken(this.line(child, new Set(["strong"])), " ");
          if (term.length === 0) continue;
          if (last && last.definitions.length === 0) last.terms.push(term);
          else items.push({ terms: [term], definitions: [] });
        } else if (child.name === "dd") {
          const definition: BlockContent[] = [];
          this.flow(child, { ...around, nesting: around.nesting + 1 }, definition);
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

  private table(element: Element, around: Around, out: BlockSink): void {
    const rows = rowsOf(element);
    const isForLayout = isLayout(element, rows);
    for (const child of element.children) {
      if (isTag(child) && child.name === "caption") this.flow(child, around, out);
    }
    if (isForLayout) {
      for (const { cells } of rows) {
        for (const cell of cells) this.flow(cell, around, out);
      }
      return;
    }
    const children = this.grid.fill(rows, (cell): RowContent => {
      const within = new Set(cell.name === "th" ? ["strong"] : []);
      return { type: "tableCell", children: writable(unbroken(this.line(cell, within), "<br>")) };
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

/** Whether the item begins with a box that is ticked or is not; null if it does not. */
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
    for (const node of hoisted("strong", term)) addPhrasing(line, node);
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

function linked(children: PhrasingContent[], link: Around["link"]): PhrasingContent[] {
  if (!link || link.isUsed || !hasWords(children) || children.some(({ type }) => type === "link"))
    return children;
  link.isUsed = true;
  return hoisted("link", children, link.url);
}

function hasHeading(parent: ParentNode): boolean {
  return parent.children.some(
    (child) => isTag(child) && (headingDepths.has(child.name) || hasHeading(child)),
  );
}

function holdsLink(element: Element): boolean {
  return element.children.some((child) => isTag(child) && (child.name === "a" || holdsLink(child)));
}

/** What an element shows around its content. */
function surroundings({ name, children }: Element): [PhrasingContent?, PhrasingContent?] {
  if (name === "q") return [text("“"), text("”")];
  if (name === "rt") return [text("("), text(")")];
  // Without a mark, 10<sup>6</sup> would be a hundred and six.
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

/** Text that keeps its line feeds has them as breaks. */
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
