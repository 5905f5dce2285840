/** Rules by which a page counts as settled: Trawl's and Puppeteer's, in the same browser. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { browserLocation } from "../scripts/setup/browser/location.mjs";
import { emulationFor } from "../src/render/emulation.ts";
import { Tab } from "../src/render/tab.ts";
import { settings } from "../src/settings.ts";
import { installPeers } from "./peers.ts";

export interface SettlingRule {
  name: string;
  /** Visits a page. Returns how many ms after the request it has settled, and its text by then. */
  visit(url: string): Promise<{ ms: number; text: string }>;
}

const { NAVIGATION_TIMEOUT_MS, SETTLE_TIMEOUT_MS, SETTLE_QUIET_MS, PAGE_TIMEOUT_MS, MAX_PAGE_BYTES } =
  settings({});

/** What is used of Puppeteer. */
interface PuppeteerBrowser {
  newPage(): Promise<PuppeteerPage>;
  close(): Promise<void>;
}
interface PuppeteerPage {
  close(): Promise<void>;
  goto(url: string, options?: { waitUntil: string; timeout: number }): Promise<unknown>;
  evaluate(script: string): Promise<string>;
}

// With open shadow roots and same-origin frames.
const textOfPage = `(() => {
  const textOf = (root) => [...root.querySelectorAll("*")].map((element) => {
    let inner = element.shadowRoot ? textOf(element.shadowRoot) : "";
    if (/^(?:iframe|frame|object)$/.test(element.localName)) try { inner += textOf(element.contentDocument); } catch {}
    return [...element.childNodes].map((node) => node.nodeType === 3 ? node.data : "").join("") + " " + inner;
  }).join(" ");
  return textOf(document);
})()`;

/** Starts a browser. `close` ends it. */
export async function openSettlingRules(): Promise<{ rules: SettlingRule[]; close(): Promise<void> }> {
  installPeers();
  const { default: puppeteer } = createRequire(join(import.meta.dirname, "peers", "package.json"))(
    "puppeteer",
  );
  const browser = await puppeteer.launch({ executablePath: browserLocation().executable });
  const conditions = ["networkidle0", "networkidle2", "load", "domcontentloaded"];
  return {
    rules: [await trawlRule(browser), ...conditions.map((condition) => puppeteerRule(browser, condition))],
    close: () => browser.close(),
  };
}

async function trawlRule(browser: Parameters<typeof Tab.open>[0]): Promise<SettlingRule> {
  const tab = await Tab.open(browser, {
    emulation: emulationFor(null),
    suspectUrls: [],
    isAllowed: () => true,
    commandTimeout: 5000,
  });
  // Puppeteer's rules do not capture the page. The world for that is made once the page has settled.
  let settledAt = 0;
  const { send } = tab.session;
  tab.session.send = (method, ...rest) => {
    if (method === "Page.createIsolatedWorld") settledAt = performance.now();
    return send(method, ...rest);
  };
  return {
    name: "Trawl",
    async visit(url) {
      await tab.leave();
      const startedAt = performance.now();
      await tab.render(url, {
        navigationTimeout: NAVIGATION_TIMEOUT_MS,
        settleTimeout: SETTLE_TIMEOUT_MS,
        settleQuiet: SETTLE_QUIET_MS,
        pageTimeout: PAGE_TIMEOUT_MS,
        maxBytes: MAX_PAGE_BYTES,
      });
      const ms = settledAt - startedAt;
      const { result } = await tab.session.send("Runtime.evaluate", { expression: textOfPage });
      return { ms, text: result.value };
    },
  };
}

function puppeteerRule(browser: PuppeteerBrowser, waitUntil: string): SettlingRule {
  return {
    name: waitUntil,
    async visit(url) {
      // A page that is about to go elsewhere can make a tab useless to Puppeteer.
      const page = await browser.newPage();
      const startedAt = performance.now();
      await page.goto(url, { waitUntil, timeout: SETTLE_TIMEOUT_MS }).catch(() => {});
      const ms = performance.now() - startedAt;
      const text = await page.evaluate(textOfPage).catch(() => "");
      await page.close();
      return { ms, text };
    },
  };
}
