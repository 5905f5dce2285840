/** Parses HTML into a tree, and limits how large the tree may be. */
import { type ChildNode, type Document, DomHandler, type ParentNode } from "domhandler";
import { Parser } from "htmlparser2";

/**
 * Deeper elements lose their tags and keep their content, so that code may walk a tree recursively. Chrome's parser has the
 * same limit (`kMaximumHTMLParserDOMTreeDepth`): only scripts can build deeper trees.
 */
const maxDepth = 512;

/**
 * Most tags that may be open at once. A page is cut off where it opens more. For some end tags the parser searches all open
 * tags, so without a limit a hostile page would take quadratic time.
 */
const maxOpenTags = 1024;

/**
 * Elements whose text is not for readers. They keep their tags at any depth, so that their text does not become the
 * page's.
 */
const opaqueTags = new Set([
  "script",
  "style",
  "template",
  "noscript",
  "svg",
  "math",
  "textarea",
  "title",
  "iframe",
]);

/**
 * Parses a page, however broken, in time and memory linear in its size.
 *
 * HTML serialized by a browser has all its end tags, so htmlparser2 reads it as the HTML Standard's algorithm would. Comments,
 * doctypes and processing instructions are left out unless `everything` is set.
 */
export function parseHtml(html: string, { everything = false } = {}): Document {
  const handler = new BoundedHandler(everything);
  const parser = new Parser(handler);
  handler.stop = () => parser.pause();
  parser.end(html);
  return handler.root;
}

class BoundedHandler extends DomHandler {
  stop = () => {};
  /** For each open tag, whether it became an element. */
  private readonly kept: boolean[] = [];
  private readonly everything: boolean;

  constructor(everything: boolean) {
    super();
    this.everything = everything;
  }

  override onopentag(name: string, attribs: Record<string, string>): void {
    const depth = this.tagStack.length;
    const keep = depth <= maxDepth || (depth === maxDepth + 1 && opaqueTags.has(name));
    this.kept.push(keep);
    if (keep) super.onopentag(name, attribs);
    else this.lastNode = null;
    if (this.kept.length > maxOpenTags) this.stop();
  }

  override onclosetag(): void {
    if (this.kept.pop()) super.onclosetag();
    else this.lastNode = null;
  }

  override oncomment(data: string): void {
    if (this.everything) super.oncomment(data);
  }

  override onprocessinginstruction(name: string, data: string): void {
    if (this.everything) super.onprocessinginstruction(name, data);
  }
}

/**
 * Limits of a page that is read as a tree. A Worker has 128 MB of memory, and trees take most of it: in workerd, 5 MB of
 * documentation with 220,000 tags needs 48 MB of heap (bench/markdown). A page of nothing but 150,000 links needs 160 MB in
 * Node, whose V8 takes about twice as much as workerd's (bench/extract.ts).
 */
const MAX_TREE_CHARACTERS = 8 * 1024 * 1024;
const MAX_TREE_TAGS = 300_000;

/** Whether a page of this many characters, start and end tags may be parsed. */
export function fitsInTree(length: number, tags: number): boolean {
  return length <= MAX_TREE_CHARACTERS && tags <= MAX_TREE_TAGS;
}

/**
 * An upper bound for the start and end tags in `html`: counts every `<`.
 *
 * @param hasFrames also counts every escaped `<`, at any depth: frames have their HTML in an attribute
 */
export function tagsIn(html: string, hasFrames = html.includes("srcdoc")): number {
  let tags = 0;
  for (let at = html.indexOf("<"); at >= 0; at = html.indexOf("<", at + 1)) tags += 1;
  if (!hasFrames) return tags;
  for (let at = html.indexOf("lt;"); at >= 0; at = html.indexOf("lt;", at + 1)) {
    if (html[at - 1] === "&" || html[at - 1] === ";") tags += 1;
  }
  return tags;
}

/** Replaces the children of a node. */
export function setChildren(parent: ParentNode, children: ChildNode[]): void {
  let previous: ChildNode | null = null;
  for (const child of children) {
    child.parent = parent;
    child.prev = previous;
    child.next = null;
    if (previous) previous.next = child;
    previous = child;
  }
  parent.children = children;
}
