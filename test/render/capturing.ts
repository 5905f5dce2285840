/** Writes documents into a tab and captures them. A test file that imports this gets a browser with one tab. */
import { env } from "cloudflare:workers";
import puppeteer, { type Browser } from "@cloudflare/puppeteer";
import { afterAll, beforeAll, inject } from "vitest";
import { textOfPage } from "../../src/content/extract/plain-text.ts";
import { type CapturedPage, capture } from "../../src/render/capture.ts";
import type { Tab } from "../../src/render/tab.ts";
import { openTab } from "./open-tab.ts";

export const site = inject("site");
/** A page to write into, so that the document has an origin. */
export const path = "/structure/arrival";
let browser: Browser;
let tab: Tab;
const maxBytes = 16 * 1024 * 1024;
const limits = {
  navigationTimeout: 20_000,
  settleTimeout: 5000,
  settleQuiet: 150,
  pageTimeout: 25_000,
  maxBytes,
};

beforeAll(async () => {
  browser = await puppeteer.launch(env.BROWSER);
  tab = await openTab(browser, 20_000);
});

afterAll(async () => {
  await tab.close();
  await browser.close();
});

/** Puts a document into the tab in place of the page `at`, runs `script` in the page's own world when it has loaded, and captures it. */
export async function captured(html: string, script = "", at = path): Promise<CapturedPage> {
  await tab.render(`${site}${at}`, limits);
  const written = `document.open(); document.write(${JSON.stringify(html)}); document.close();`;
  const expression = `(async () => { ${written} ${script} })()`;
  const { exceptionDetails } = await tab.session.send("Runtime.evaluate", { expression, awaitPromise: true });
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description);
  return capture(tab.session, { timeoutMs: 20_000, maxBytes, facts: {}, reserve: async () => {} });
}

/** The HTML that is kept of the page, and the text made of it. */
export async function saved(html: string, script = ""): Promise<{ html: string; text: string }> {
  const page = (await captured(html, script)).html.toPageHtml();
  return { html: page.html, text: textOfPage(page, site) };
}

export async function kept(html: string, script = ""): Promise<string> {
  return (await saved(html, script)).html;
}

export async function shown(html: string, script = ""): Promise<string> {
  return (await saved(html, script)).text;
}

export const doctype = "<!DOCTYPE html>";
