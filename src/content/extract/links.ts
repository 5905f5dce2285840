/** Collects the links of a page, for `links_on_page`. */
import { type Document, type Element, isTag, isText, type ParentNode } from "domhandler";
import type { LinksOnPage } from "../../db/json-columns.ts";
import { maxFrameDepth, type PageHtml, readableTree } from "../captured-html.ts";
import { byRelevance } from "./bm25.ts";
import { baseUrlOf, UrlBudget } from "./page-urls.ts";
import { GlobList } from "./url-globs.ts";

interface Link {
  /** The absolute URL. */
  target: URL;
  /** As written in the page. */
  written: string;
  /** The text of the link, for ordering. */
  text: string;
}

/** Most links of one page. Their total length is limited too (see page-urls.ts). */
const MAX_LINKS = 50_000;
/** Characters of a link's text that count for the order. */
const MAX_TEXT = 300;

const unrenderedTags = new Set([
  "template",
  "noscript",
  "script",
  "style",
  "textarea",
  "title",
  "iframe",
  "noembed",
]);
/** Schemes of URLs that lead to no document, or to one that only this browser has. */
const excludedSchemes = new Set([
  "javascript:",
  "mailto:",
  "tel:",
  "data:",
  "blob:",
  "about:",
  "filesystem:",
]);

/**
 * The URLs of the first 50,000 `a[href]` and `area[href]` links of the page, without duplicates, in document order or by
 * relevance.
 *
 * A fragment that is an application's route (`#/inbox`, `#!inbox`) is kept. Other fragments are removed, and a link that is
 * only such a fragment is left out.
 *
 * @param url the page's own URL
 */
export function linksOfPage(html: PageHtml | string, url: string, wanted: LinksOnPage): string[] {
  const include = wanted.include_links?.length ? new GlobList(wanted.include_links) : null;
  const exclude = wanted.exclude_links?.length ? new GlobList(wanted.exclude_links) : null;
  const links = new Links();
  collectDocument(readableTree(html), url, 0, links);
  const kept = links.all.filter(
    ({ target }) => !exclude?.matches(target) && (include?.matches(target) ?? true),
  );
  const query = wanted.query_to_order_links_by;
  const ordered = query ? byRelevance(kept, query, ({ target, text }) => `${text} ${wordsOf(target)}`) : kept;
  return ordered.map(({ target, written }) => (wanted.absolute_links ? target.href : written));
}

function collectDocument(document: Document, url: string, frameDepth: number, links: Links): void {
  collect(document, baseUrlOf(document, url), frameDepth, links);
}

function collect(parent: ParentNode, baseUrl: string, frameDepth: number, links: Links): void {
  for (const child of parent.children) {
    if (!isTag(child)) continue;
    const { name, attribs } = child;
    if (name === "iframe" && attribs.srcdoc !== undefined && frameDepth < maxFrameDepth) {
      collectDocument(readableTree(attribs.srcdoc), baseUrl, frameDepth + 1, links);
    }
    if (unrenderedTags.has(name)) continue;
    if ((name === "a" || name === "area") && attribs.href !== undefined)
      links.add(child, attribs.href, baseUrl);
    collect(child, baseUrl, frameDepth, links);
  }
}

class Links {
  readonly #byUrl = new Map<string, Link>();
  readonly #budget = new UrlBudget();

  get all(): Link[] {
    return [...this.#byUrl.values()];
  }

  add(element: Element, href: string, baseUrl: string): void {
    // The URL Standard (section 4.4) strips space around an attribute, and tabs and line feeds in it.
    const written = href.replace(/^[\0- ]+|[\0- ]+$|[\t\n\r]/g, "");
    const target = URL.parse(written, baseUrl);
    if (!target || excludedSchemes.has(target.protocol)) return;
    const isRoute = /^#[!/]/.test(target.hash);
    if (!isRoute) {
      if (written.startsWith("#")) return;
      target.hash = "";
    }
    const text = labelOf(element);
    const known = this.#byUrl.get(target.href);
    if (known) {
      if (known.text.length < MAX_TEXT && !known.text.includes(text)) known.text += ` ${text}`;
    } else if (this.#byUrl.size < MAX_LINKS && this.#budget.spend(target.href)) {
      this.#byUrl.set(target.href, { target, written: writtenForm(written, target), text });
    }
  }
}

/**
 * The link as the page writes it, without its fragment. An empty link is written as the path of the page's base URL.
 */
function writtenForm(written: string, { pathname, search, hash }: URL): string {
  const at = hash === "" ? written.indexOf("#") : -1;
  return (at < 0 ? written : written.slice(0, at)) || pathname + search;
}

function labelOf(element: Element): string {
  const parts: string[] = [];
  let length = 0;
  const add = (text: string | undefined) => {
    if (text) length += parts.push(text) && text.length;
  };
  const read = (parent: ParentNode): void => {
    for (const child of parent.children) {
      if (length > MAX_TEXT) return;
      if (isText(child)) add(child.data);
      else if (isTag(child) && child.name === "img") add(child.attribs.alt);
      else if (isTag(child) && !unrenderedTags.has(child.name)) read(child);
    }
  };
  read(element);
  if (length === 0) add(element.attribs["aria-label"] ?? element.attribs.alt);
  add(element.attribs.title);
  return parts.join(" ").slice(0, MAX_TEXT);
}

/** The words in a URL, without the host. */
function wordsOf({ pathname, search, hash }: URL): string {
  const path = pathname + search + hash;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
