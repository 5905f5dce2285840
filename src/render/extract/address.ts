/** What the addresses in a page mean. */
import type { AnyNode, Document, Element } from "domhandler";

/** Below `<head>`, or at worst a few levels down a page without one. */
const maxBaseDepth = 4;

/** What the page's relative addresses resolve against: its first `<base href>`, itself relative to `url`, or `url`. */
export function baseUrlOf(document: Document, url: string): string {
  const base = firstBase(document, 0);
  return (base && URL.parse(base.attribs.href ?? "", url)?.href) || url;
}

function firstBase(node: AnyNode, depth: number): Element | null {
  if (!("children" in node) || depth > maxBaseDepth) return null;
  for (const child of node.children) {
    if ("name" in child && child.name === "base" && "attribs" in child && child.attribs.href !== undefined)
      return child;
    const found = firstBase(child, depth + 1);
    if (found) return found;
  }
  return null;
}

/** The full address of a link, whatever its scheme, or null when it is not one or only a browser could follow it. */
export function linkTarget(href: string, baseUrl: string): string | null {
  const target = URL.parse(href, baseUrl);
  return target && !unfollowable.has(target.protocol) ? target.href : null;
}

const unfollowable = new Set(["javascript:", "data:", "blob:", "about:", "filesystem:"]);
