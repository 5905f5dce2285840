/** Resolves the URLs in a page, and limits how much memory they take. */
import type { AnyNode, Document, Element } from "domhandler";

/** A base URL of thousands of characters turns many short links into long ones, and a Worker has 128 MB. */
const MAX_CHARACTERS = 4 * 1024 * 1024;

/** Limits the total length of the absolute URLs made from one page. URLs beyond it are left out. */
export class UrlBudget {
  #left = MAX_CHARACTERS;

  /** Returns the URL, or null if it exceeds the budget. */
  spend(url: string | null): string | null {
    if (url === null || url.length > this.#left) return null;
    this.#left -= url.length;
    return url;
  }
}

/** A `<base>` is in the `<head>`, or a few levels down in a page without one. */
const maxBaseDepth = 4;

/**
 * The URL that the page's relative URLs resolve against: its first `<base href>`, resolved against `url`, or else
 * `url`.
 */
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

/** The absolute URL of a link, or null if it is invalid or only a browser could follow it. */
export function linkTarget(href: string, baseUrl: string): string | null {
  const target = URL.parse(href, baseUrl);
  return target && !unfollowable.has(target.protocol) ? target.href : null;
}

const unfollowable = new Set(["javascript:", "data:", "blob:", "about:", "filesystem:"]);
