/** What the demo has rendered, and what it must find. */
import type { Expectation } from "../../test/site/page.ts";
import { demoPages } from "../../test/site/pages.ts";

export interface DemoPage {
  customId: string;
  url: string;
  /** Where the browser must end; undefined if that is not known. */
  finalUrl?: string;
  /** What is known of it: of the test site's pages all, of others that they can be rendered. */
  expect: Partial<Expectation>;
}

/** Longest custom_id that the API takes, in characters. */
const longestId = 255;

/** The test site's pages, named by their paths. */
export function sitePages(origin: string): DemoPage[] {
  return demoPages.map(({ path, expect }) => ({
    customId: path,
    url: origin + path,
    finalUrl: origin + (expect.finalPath ?? path),
    expect,
  }));
}

/** Pages of anywhere, named by their URLs. */
export function pagesAt(urls: string[]): DemoPage[] {
  const seen = new Set<string>();
  return urls.map((url, index) => {
    const name = url.replace(/^https?:\/\/|\/$/g, "").slice(0, longestId);
    const customId = seen.has(name) ? `page ${index + 1}` : name;
    seen.add(customId);
    return { customId, url, expect: {} };
  });
}
