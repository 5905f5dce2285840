/** The text and the Markdown of the test site's pages have the words that a browser shows on them. */
import { env } from "cloudflare:workers";
import puppeteer, { type Browser } from "@cloudflare/puppeteer";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { markdownOfPage } from "../../../src/content/extract/markdown.ts";
import { textOfPage } from "../../../src/content/extract/plain-text.ts";
import { capture } from "../../../src/render/capture.ts";
import { openTab } from "../../render/open-tab.ts";

const site = inject("site");
/** Pages of which everything that `innerText` returns is content: without banners, and without hidden choices. */
const pages = inject("pages").filter(
  ({ kind, path, expect: { code, status } }) =>
    code === undefined &&
    status === 200 &&
    kind !== "not-html" &&
    !/consent|cookie|five-megabytes/.test(path),
);
const maxBytes = 6 * 1024 * 1024;
const limits = {
  navigationTimeout: 6000,
  settleTimeout: 3000,
  settleQuiet: 100,
  pageTimeout: 12_000,
  maxBytes,
};
let browser: Browser;

beforeAll(async () => {
  browser = await puppeteer.launch(env.BROWSER);
});

afterAll(async () => {
  await browser.close();
});

/** The visible text of the page in the tab, and of its frames, without options that are not chosen. */
const shownText = `(() => {
  const read = (page) => {
    for (const select of page.querySelectorAll("select"))
      for (const option of [...select.options]) if (!option.selected) option.remove();
    const frames = [...page.querySelectorAll("iframe")].filter((frame) => frame.checkVisibility());
    return page.body.innerText + frames.map(({ contentDocument }) => (contentDocument?.body ? read(contentDocument) : "")).join(" ");
  };
  return document.body ? read(document) : "";
})()`;

const wordsOf = (text: string) => text.replace(/[\u00ad\u200b]/g, "").match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];

/** The share of the words in `shown` that `made` has, each as often. */
function recall(shown: string, made: string): number {
  const words = wordsOf(shown);
  const left = new Map<string, number>();
  for (const word of wordsOf(made)) left.set(word, (left.get(word) ?? 0) + 1);
  let found = 0;
  for (const word of words) {
    const count = left.get(word) ?? 0;
    if (count > 0) found += 1;
    left.set(word, count - 1);
  }
  return words.length === 0 ? 1 : found / words.length;
}

async function recallsOf(paths: string[]): Promise<{ path: string; text: number; markdown: number }[]> {
  const recalls = [];
  for (let path = paths.shift(); path !== undefined; path = paths.shift()) {
    const tab = await openTab(browser, 10_000);
    try {
      await tab.render(`${site}${path}`, limits);
      const { html, url } = await capture(tab.session, {
        timeoutMs: 10_000,
        maxBytes: maxBytes,
        facts: {},
        reserve: async () => {},
      });
      const { result } = await tab.session.send("Runtime.evaluate", {
        expression: shownText,
        returnByValue: true,
      });
      const page = html.toPageHtml();
      const shown = String(result.value);
      recalls.push({
        path,
        text: recall(shown, textOfPage(page, url)),
        markdown: recall(shown, markdownOfPage(page, url)),
      });
    } finally {
      await tab.close();
    }
  }
  return recalls;
}

it("nearly all of them, on nearly all pages", { timeout: 90_000 }, async () => {
  const waiting = pages.map(({ path }) => path);
  const recalls = (await Promise.all(Array.from({ length: 6 }, () => recallsOf(waiting)))).flat();
  expect(recalls.length).toBeGreaterThan(100);
  for (const format of ["text", "markdown"] as const) {
    const sorted = recalls.toSorted((one, other) => one[format] - other[format]);
    const worst = sorted
      .slice(0, 10)
      .map(({ path, [format]: value }) => `${path} ${value.toFixed(3)}`)
      .join("\n");
    expect(sorted[Math.floor(sorted.length / 2)]?.[format], worst).toBeGreaterThanOrEqual(0.995);
    expect(sorted[Math.floor(sorted.length * 0.05)]?.[format], worst).toBeGreaterThanOrEqual(0.98);
  }
});
