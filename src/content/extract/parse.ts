/** HTML text to a tree. */
import { type Document, DomHandler } from "domhandler";
import { Parser } from "htmlparser2";

/**
 * Elements nested deeper lose their tags and keep their content, so that what walks a tree may recurse. Chrome's own
 * parser nests no deeper than 512 either (`kMaximumHTMLParserDOMTreeDepth`); only scripts can build more.
 */
const maxDepth = 512;

/**
 * Tags open at once. A page is cut where it opens more: the parser looks through all open tags for some of the end
 * tags, so without a limit a hostile page would take time in the square of its size.
 */
const maxOpenTags = 1024;

/** Elements whose text is not for readers: they keep their tags at any depth, lest their text become the page's. */
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
 * Parses a page, however broken. Time and memory grow linearly with its size.
 *
 * What the browser serialised has all its end tags, so htmlparser2 reads it as the specified algorithm would, in
 * linear time. Comments, doctypes and processing instructions are left out unless `everything` is asked for.
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

/** Start and end tags in `html`, or what looks like them: what tells beforehand how large its tree will be. */
export function tagsIn(html: string): number {
  let tags = 0;
  for (let at = html.indexOf("<"); at >= 0; at = html.indexOf("<", at + 1)) tags += 1;
  return tags;
}
