/** What the addresses in a page mean. */
import type { AnyNode, Document, Element } from "domhandler";

/** A base of thousands of characters makes much of many short links: a Worker has 128 MB. */
const MAX_CHARACTERS = 4 * 1024 * 1024;

/** Room for the full addresses that are made of one page, together. What finds none is left out. */
export class AddressRoom {
  #left = MAX_CHARACTERS;

  /** The address, or null when there is no room for it. */
  take(address: string | null): string | null {
    if (address === null || address.length > this.#left) return null;
    this.#left -= address.length;
    return address;
  }
}

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
