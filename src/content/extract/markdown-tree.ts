/**
 * Turns the visible page into a Markdown syntax tree (github.com/syntax-tree/mdast). An element without an equivalent in
 * Markdown is replaced by its content.
 */
import { type ChildNode, type Element, isTag, isText, type ParentNode } from "domhandler";
import { existsOne } from "domutils";
import type { BlockContent, Heading, ListItem, PhrasingContent, RowContent } from "mdast";
import { codeLanguage, codeTags, codeText, inlineCodeText } from "./code-blocks.ts";
import {
  addCode,
  addCodeLines,
  addImage,
  addPhrasing,
  addSpace,
  addText,
  expressible,
  hasWords,
  html,
  onOneLine,
  paragraphsOf,
  text,
  wrapped,
} from "./markdown-inline.ts";
import { checkboxOf, definitionBlocks, isItem, itemOf, numberItems } from "./markdown-lists.ts";
import { isLayoutTable, rowsOf, TableGrid } from "./markdown-table.ts";
import type { UrlBudget } from "./page-urls.ts";
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
  /** The URL of a link that contains whole blocks. Each of them becomes a link. */
  link: string | null;
}

type Emphasis = "strong" | "emphasis" | "delete";

const emphasisTags = new Map<string, Emphasis>([
  ...(["strong", "b"] as const).map((tag) => [tag, "strong"] as const),
  ...(["em", "i", "cite", "dfn", "var"] as const).map((tag) => [tag, "emphasis"] as const),
  ...(["del", "s", "strike"] as const).map((tag) => [tag, "delete"] as const),
]);

const preTags = new Set(["pre", "listing", "xmp"]);
const listTags = new Set(["ul", "ol", "menu", "dir"]);
const headingDepths = new Map(([1, 2, 3, 4, 5, 6] as const).map((depth) => [`h${depth}`, depth]));

/** Passes the page's blocks to `sink`. */
export function writeMdast({ root, blocks, urlBudget }: VisiblePage, sink: BlockSink): void {
  new TreeWriter(blocks, urlBudget).flow(root, { nesting: 0, emphasis: [], link: null }, sink);
}

class TreeWriter {
  private readonly blocks: ReadonlySet<ChildNode>;
  private readonly grid = new TableGrid();
  private readonly urlBudget: UrlBudget;
  /** Checkboxes that the list item around them shows. */
  private readonly shownBoxes = new Set<Element>();

  constructor(blocks: ReadonlySet<ChildNode>, urlBudget: UrlBudget) {
    this.blocks = blocks;
    this.urlBudget = urlBudget;
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
      out.push({ type: "paragraph", children: expressible(this.linked(content, context.link)) });
    }
  }

  private block(element: Element, context: Context, out: BlockSink): void {
    const { name, attribs } = element;
    const depth = headingDepths.get(name);
    const emphasis = emphasisTags.get(name);
    if (depth) {
      this.heading(element, depth, context, out);
    } else if (name === "math") {
      const value = inlineCodeText(element, this.blocks);
      out.push({ type: "paragraph", children: [{ type: "inlineMath", value }] });
    } else if (preTags.has(name) || codeTags.has(name)) {
      this.code(element, context, out);
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
      this.flow(element, { ...context, link: attribs.href }, out);
    } else {
      this.flow(element, context, out);
    }
  }

  /** Code that is laid out as a block but has one line, such as an item of a flex box, is still inline code. */
  private code(element: Element, context: Context, out: BlockSink): void {
    const lang = codeLanguage(element);
    const value = codeText(element, this.blocks, lang);
    if (preTags.has(element.name) || value.includes("\n")) {
      if (value) out.push({ type: "code", lang, value });
      return;
    }
    const run: PhrasingContent[] = [];
    this.phrasingElement(element, run, new Set(context.emphasis));
    this.paragraphs(run, context, out);
  }

  private heading(element: Element, depth: Heading["depth"], context: Context, out: BlockSink): void {
    const run = onOneLine(this.line(element, new Set(["strong"])), " ");
    if (run.length > 0)
      out.push({ type: "heading", depth, children: expressible(this.linked(run, context.link)) });
  }

  /** The content of an element as inline content. Blocks in it are separated by breaks. */
  private line(
    parent: Pick<ParentNode, "children">,
    within: ReadonlySet<string> = new Set(),
  ): PhrasingContent[] {
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
    const emphasis = headingDepths.has(name) ? "strong" : emphasisTags.get(name);
    if (name === "br") {
      addPhrasing(out, { type: "break" });
    } else if (name === "img") {
      addImage(out, attribs);
    } else if (name === "math") {
      addPhrasing(out, { type: "inlineMath", value: inlineCodeText(element, this.blocks) });
    } else if (name === "checkbox") {
      if (this.shownBoxes.has(element)) return;
      if (out.length > 0) addSpace(out);
      addPhrasing(out, html("checked" in attribs ? "[x]" : "[ ]"));
    } else if (emphasis && !within.has(emphasis)) {
      const children = this.line(element, new Set([...within, emphasis]));
      for (const child of wrapped(emphasis, children)) addPhrasing(out, child);
    } else if (preTags.has(name)) {
      addCodeLines(out, codeText(element, this.blocks));
    } else if (codeTags.has(name)) {
      if (within.has("link") || !hasLink(element)) addCode(out, inlineCodeText(element, this.blocks));
      else this.codeWithLinks(element, out);
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

  /** In Markdown, code cannot contain links. So each link has its code, and so has what is between them. */
  private codeWithLinks(element: Element, out: PhrasingContent[]): void {
    const between: string[] = [];
    const end = () => addCode(out, between.splice(0).join(""));
    const read = (parent: ParentNode): void => {
      for (const child of parent.children) {
        if (isText(child)) {
          between.push(child.data);
        } else if (isTag(child) && child.name === "a" && child.attribs.href) {
          end();
          const code: PhrasingContent[] = [];
          addCode(code, inlineCodeText(child, this.blocks));
          for (const node of wrapped("link", code, child.attribs.href)) addPhrasing(out, node);
        } else if (isTag(child)) {
          read(child);
        }
      }
    };
    read(element);
    end();
  }

  /** Makes content the label of a link, unless it has links of its own. */
  private linked(children: PhrasingContent[], link: string | null): PhrasingContent[] {
    if (!link || !hasWords(children) || children.some(({ type }) => type === "link")) return children;
    return this.urlBudget.spend(link) ? wrapped("link", children, link) : children;
  }

  private list(element: Element, context: Context, out: BlockSink): void {
    const children: ListItem[] = [];
    this.items(element, { ...context, nesting: context.nesting + 1 }, children);
    if (children.length === 0) return;
    const spread = children.some((item) => item.spread);
    const ordered = element.name === "ol";
    if (ordered) numberItems(element, children);
    out.push({ type: "list", ordered, spread, children });
  }

  private items(parent: ParentNode, context: Context, out: ListItem[]): void {
    for (const child of parent.children) {
      if (isTag(child) && child.name !== "li" && !listTags.has(child.name) && child.children.some(isItem)) {
        this.items(child, context, out);
        continue;
      }
      const children: BlockContent[] = [];
      const box = isTag(child) ? checkboxOf(child) : null;
      if (box) this.shownBoxes.add(box);
      if (isTag(child) && child.name === "li") this.flow(child, context, children);
      else this.flow({ children: [child] } as unknown as ParentNode, context, children);
      if (children.length === 0) continue;
      const last = out.at(-1);
      // A list between items belongs to the item before it.
      if (last && isTag(child) && listTags.has(child.name)) last.children.push(...children);
      else out.push(itemOf(children, isTag(child) ? child : null));
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
          const linked = this.linked(term, context.link);
          if (last && last.definitions.length === 0) last.terms.push(linked);
          else items.push({ terms: [linked], definitions: [] });
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
      const content = onOneLine(this.line(cell, within), "<br>");
      return { type: "tableCell", children: expressible(this.linked(content, context.link)) };
    });
    if (children.length > 0) out.push({ type: "table", children });
  }
}

function hasLink({ children }: Element): boolean {
  return existsOne(({ name }) => name === "a", children);
}

/** What an element shows around its content. */
function surroundings(element: Element): [PhrasingContent?, PhrasingContent?] {
  if (element.name === "q") return [text("“"), text("”")];
  if (element.name === "rt") return [text("("), text(")")];
  // As plain text, 10<sup>6</sup> would read as 106. A link beside a word is a note.
  const script = scriptTag(element);
  const isScript = script && element.children.some((child) => !isTag(child) || child.name !== "a");
  return isScript ? [html(`<${script}>`), html(`</${script}>`)] : [];
}

/** Whether the element raises or lowers its text, by its name or, as word processors write it, by its style. */
function scriptTag({ name, attribs }: Element): "sup" | "sub" | undefined {
  if (name === "sup" || name === "sub") return name;
  if (name !== "span" || !attribs.style) return undefined;
  const [, position] = /(?:^|;)\s*vertical-align\s*:\s*(super|sub)\s*(?:;|$)/i.exec(attribs.style) ?? [];
  return position === undefined ? undefined : position.toLowerCase() === "sub" ? "sub" : "sup";
}
