/** The HTML, Markdown and text of the test site's pages, rendered in a real browser. */
import { env } from "cloudflare:workers";
import puppeteer, { type Browser } from "@cloudflare/puppeteer";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { PageHtml } from "../../../src/content/captured-html.ts";
import { markdownOfPage } from "../../../src/content/extract/markdown.ts";
import { textOfPage } from "../../../src/content/extract/plain-text.ts";
import type { RenderedPage } from "../../../src/render/rendered-page.ts";
import { openTab } from "../../render/open-tab.ts";

const TABS = 6;
const limits = {
  navigationTimeout: 20_000,
  settleTimeout: 20_000,
  settleQuiet: 100,
  pageTimeout: 40_000,
  maxBytes: 6 * 1024 * 1024,
};
const site = inject("site");
/** Pages that test extraction: markup, languages and encodings. */
const pages = inject("pages").filter(
  ({ kind, expect }) => (kind === "structure" || kind === "language") && expect.code === undefined,
);
const renderings = new Map(pages.map(({ path }) => [path, Promise.withResolvers<RenderedPage | Error>()]));
let browser: Browser;
let tabs: Promise<void>[];

beforeAll(async () => {
  browser = await puppeteer.launch(env.BROWSER);
  const waiting = [...renderings];
  tabs = Array.from({ length: TABS }, async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [path, { resolve }] = next;
      await render(path).then(resolve, resolve);
    }
  });
});

afterAll(async () => {
  await Promise.all(tabs);
  await browser.close();
});

async function render(path: string): Promise<RenderedPage> {
  const tab = await openTab(browser, 10_000);
  try {
    return await tab.render(`${site}${path}`, limits);
  } finally {
    await tab.close();
  }
}

async function htmlPage(path: string): Promise<{ html: PageHtml; url: string }> {
  const rendered = await renderings.get(path)?.promise;
  if (!rendered || rendered instanceof Error) throw rendered ?? new Error(`no page ${path}`);
  if (rendered.kind !== "html") throw new Error(`${path} is a ${rendered.kind}`);
  const { html, url } = rendered.page;
  return { html: html.toPageHtml(), url };
}

const onOneLine = (text: string) => text.replace(/[\s\u00a0]+/g, " ").trim();
/** Removes the escapes and quote markers that Markdown adds to text. */
const unescaped = (markdown: string) =>
  onOneLine(
    markdown.replace(/&#x([0-9A-F]+);/g, (_, code) => String.fromCodePoint(Number.parseInt(code, 16))),
  )
    .replace(/\\([!-/:-@[-`{-~])/g, "$1")
    .replace(/(?<=^|\s)> /g, "");

describe("text and Markdown have what the page shows, and only that", () => {
  it.each(pages)("$path", async ({ path, expect: wanted }) => {
    const { html, url } = await htmlPage(path);
    expect(html.html).not.toContain("data-trawl");
    const text = onOneLine(textOfPage(html, url));
    const markdown = unescaped(markdownOfPage(html, url));
    for (const shown of wanted.text ?? []) {
      const seen = onOneLine(shown.replace(/\u200b/g, ""));
      expect(text).toContain(seen);
      expect(markdown).toContain(seen);
    }
    for (const unseen of wanted.notText ?? []) {
      expect(text).not.toContain(onOneLine(unseen));
      expect(markdown).not.toContain(onOneLine(unseen));
    }
  });
});
