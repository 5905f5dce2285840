/** The links of a page, as `links_on_page` has them. */
import { type Document, type Element, isTag, isText, type ParentNode } from "domhandler";
import type { LinksOnPage } from "../../db/json-columns.ts";
import { maxFrameDepth, type PageHtml, readableTree } from "../captured-html.ts";
import { byRelevance } from "./bm25.ts";
import { AddressRoom, baseUrlOf } from "./page-urls.ts";
import { GlobList } from "./url-globs.ts";

interface Link {
  /** The full address. */
  target: URL;
  /** As the page writes it. */
  written: string;
  /** What it says, for ordering. */
  text: string;
}

/** Links of one page, at most; and all their addresses must find room (see page-urls.ts). */
const MAX_LINKS = 50_000;
/** Characters of one link's text that count for the order. */
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
/** They lead to no document, or to one that only this browser has. */
const noPage = new Set(["javascript:", "mailto:", "tel:", "data:", "blob:", "about:", "filesystem:"]);

/**
 * Where each `a[href]` and `area[href]` of the page leads, each address once, in document order or by relevance: of the
 * first 50,000.
 *
 * A fragment stays when it is the route of an application (`#/inbox`, `#!inbox`). Others are places in a document: they
 * go, and a link that is nothing else is left out.
 *
 * @param url the page's own address
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
  readonly #byAddress = new Map<string, Link>();
  readonly #room = new AddressRoom();

  get all(): Link[] {
    return [...this.#byAddress.values()];
  }

  add(element: Element, href: string, baseUrl: string): void {
    // As the URL Standard reads an attribute (§4.4): without space around it, nor tabs and line feeds in it.
    const written = href.replace(/^[\0- ]+|[\0- ]+$|[\t\n\r]/g, "");
    const target = URL.parse(written, baseUrl);
    if (!target || noPage.has(target.protocol)) return;
    const isRoute = /^#[!/]/.test(target.hash);
    if (!isRoute) {
      if (written.startsWith("#")) return;
      target.hash = "";
    }
    const text = labelOf(element);
    const known = this.#byAddress.get(target.href);
    if (known) {
      if (known.text.length < MAX_TEXT && !known.text.includes(text)) known.text += ` ${text}`;
    } else if (this.#byAddress.size < MAX_LINKS && this.#room.take(target.href)) {
      this.#byAddress.set(target.href, { target, written: writtenForm(written, target), text });
    }
  }
}

/** The path as the page has it; an empty one, which leads to the page's base, as what it stands for. */
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

/** The words that an address is made of, the site's name excepted. */
function wordsOf({ pathname, search, hash }: URL): string {
  const address = pathname + search + hash;
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}
