import type { Expectation } from "../../test/site/page.ts";
import { demoPages } from "../../test/site/pages.ts";

export interface DemoPage {
  customId: string;
  url: string;
  /** URL after all redirects. Undefined if not known. */
  finalUrl?: string;
  /** Everything about a page of the test site. For other pages, only that they render. */
  expect: Partial<Expectation>;
}

/** Ids are cut to this many characters, which is enough to recognize a page. The API allows 2,048. */
const maxIdLength = 255;

/** The test site's pages. Their paths are their ids. */
export function sitePages(origin: string): DemoPage[] {
  return demoPages.map(({ path, expect }) => ({
    customId: path,
    url: origin + path,
    finalUrl: origin + (expect.finalPath ?? path),
    expect,
  }));
}

/** Other pages. Their URLs without scheme are their ids, which are made unique. */
export function pagesAt(urls: string[]): DemoPage[] {
  const seen = new Set<string>();
  return urls.map((url, index) => {
    const name = url.replace(/^https?:\/\/|\/$/g, "").slice(0, maxIdLength);
    const customId = seen.has(name) ? `page ${index + 1}` : name;
    seen.add(customId);
    return { customId, url, expect: {} };
  });
}
