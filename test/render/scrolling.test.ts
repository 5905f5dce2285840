/** How far pages are scrolled for what they may hold back, and what they show when that is over. */
import { env } from "cloudflare:workers";
import puppeteer, { type Browser } from "@cloudflare/puppeteer";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import type { Tab } from "../../src/render/tab.ts";
import { openTab } from "./open-tab.ts";

const site = inject("site");
let browser: Browser;
let tab: Tab;

beforeAll(async () => {
  browser = await puppeteer.launch(env.BROWSER);
  tab = await openTab(browser, 10_000);
});

afterAll(async () => {
  await tab.close();
  await browser.close();
});

/** Renders a page. Returns its HTML, and how often its scroll position has changed. */
async function rendered(path: string): Promise<{ html: string; scrolls: number }> {
  const { identifier } = await tab.session.send("Page.addScriptToEvaluateOnNewDocument", {
    source: "window.scrolls = 0; document.addEventListener('scroll', () => { window.scrolls += 1; }, true);",
    worldName: "counting",
  });
  let contextId: number | undefined;
  const unlisten = tab.session.on("Runtime.executionContextCreated", ({ context }) => {
    if (context.name === "counting") contextId = context.id;
  });
  await tab.session.send("Runtime.enable");
  try {
    const page = await tab.render(site + path, {
      navigationTimeout: 20_000,
      settleTimeout: 20_000,
      settleQuiet: 150,
      pageTimeout: 40_000,
      maxBytes: 4 * 1024 * 1024,
    });
    if (page.kind !== "html") throw new Error(`${path} is ${page.mimeType}.`);
    expect(page.hasSettled).toBe(true);
    const { result } = await tab.session.send("Runtime.evaluate", { expression: "scrolls", contextId });
    return { html: page.page.html.toPageHtml().html, scrolls: result.value };
  } finally {
    unlisten();
    await tab.session.send("Runtime.disable");
    await tab.session.send("Page.removeScriptToEvaluateOnNewDocument", { identifier });
    await tab.leave();
  }
}

it("does not pass a long page screen by screen if scrolling brings nothing", async () => {
  // It is some 300 screens high.
  const { html, scrolls } = await rendered("/docs/heavy/reference");
  expect(html).toContain("line.part700(first, second)");
  expect(scrolls).toBeGreaterThan(5);
  expect(scrolls).toBeLessThan(30);
});

it("gives up on a table that keeps only the rows in view, and goes back to its beginning", async () => {
  const { html, scrolls } = await rendered("/docs/heavy/table");
  expect(html).toContain("Weight 1 of 3000");
  expect(html).not.toContain("Weight 100 of 3000");
  expect(scrolls).toBeLessThan(10);
});

it("does not scroll a page in which nothing that could hear of it waits for that", async () => {
  const { html, scrolls } = await rendered("/structure/tall-delegated");
  expect(html).toContain("Screen 30 of 30.");
  expect(scrolls).toBe(0);
});

it("passes a page screen by screen where scrolling brings something", async () => {
  const { scrolls } = await rendered("/structure/reveal-throttled");
  expect(scrolls).toBeGreaterThan(6);
});

it("stops at what the page waits for, wherever it is", async () => {
  const { html, scrolls } = await rendered("/structure/tall-far-widget");
  expect(html).toContain("The widget is here.");
  expect(scrolls).toBeLessThan(40);
});
