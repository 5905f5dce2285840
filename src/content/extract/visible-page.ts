/**
 * Reduces a page to what its reader sees: removes what is not shown, makes URLs absolute, fills in lazy-loaded images, and
 * collapses white space. Text and Markdown are both written from the resulting tree.
 */
import type { ChildNode, Document } from "domhandler";
import { type PageHtml, readableTree } from "../captured-html.ts";
import { ConsentBanners } from "./consent-banners.ts";
import { baseUrlOf, UrlBudget } from "./page-urls.ts";
import { VisibilityFilter } from "./visibility-filter.ts";
import { collapseWhiteSpace } from "./white-space.ts";

export interface VisiblePage {
  root: Document;
  /** Elements that are laid out as blocks, or contain one. */
  blocks: ReadonlySet<ChildNode>;
  /** What is left for URLs that are written more than once. */
  urlBudget: UrlBudget;
}

/** What a reader sees of a page. `url` is the page's own URL. */
export function visiblePage(html: PageHtml | string, url: string): VisiblePage {
  let page = filteredPage(readableTree(html), url);
  // A page that shows nothing may have content for readers without JavaScript or frames.
  if (page.isEmpty) page = filteredPage(readableTree(html, { showNoscript: true }), url);
  collapseWhiteSpace(page);
  return page;
}

function filteredPage(root: Document, url: string): VisiblePage & { isEmpty: boolean } {
  const blocks = new Set<ChildNode>();
  const banners = new ConsentBanners();
  const urlBudget = new UrlBudget();
  const page = { blocks, banners, urlBudget, images: new Set<string>() };
  const { characters, image } = new VisibilityFilter(root, baseUrlOf(root, url), page, 0).filter(root);
  banners.remove(characters);
  return { root, blocks, urlBudget, isEmpty: characters === 0 && !image };
}
