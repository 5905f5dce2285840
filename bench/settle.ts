/**
 * `npm run bench:settle`: how long pages of the test site take to settle, and how many are complete by then. Compares
 * Trawl's rule with those of Puppeteer.
 */
import { readFileSync } from "node:fs";
import { createRequire, registerHooks } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArguments } from "../scripts/command-line/arguments.ts";
import { runCommand } from "../scripts/command-line/run-command.ts";
import { browserLocation } from "../scripts/setup/browser/location.mjs";
import type { PageKind } from "../test/site/page.ts";
import { goodPages } from "../test/site/pages.ts";
import { startSite } from "../test/site/server.ts";
import { installPeers } from "./peers.ts";

// Scripts for the page are imported as text: see wrangler.toml.
registerHooks({
  load(url, context, next) {
    if (!url.endsWith(".page.js")) return next(url, context);
    const source = `export default ${JSON.stringify(readFileSync(fileURLToPath(url), "utf8"))};`;
    return { format: "module", source, shortCircuit: true };
  },
});
const { Tab } = await import("../src/render/tab.ts");
const { emulationFor } = await import("../src/render/emulation.ts");
const { settings } = await import("../src/settings.ts");

const { NAVIGATION_TIMEOUT_MS, SETTLE_TIMEOUT_MS, SETTLE_QUIET_MS, PAGE_TIMEOUT_MS, MAX_PAGE_BYTES } =
  settings({});

const usage = `Usage: npm run bench:settle

Measures how long pages of the test site take to settle and how many are complete by then,
by Trawl's rule and by those of Puppeteer.`;

const pages = goodPages.filter(({ expect: { status, code, contentType = "text/html" } }) => {
  return status === 200 && code === undefined && contentType === "text/html";
});

/** Opens a page and waits for it by one rule. Returns how long that took and the text of the page. */
type Rule = (url: string) => Promise<{ ms: number; text: string }>;

// Includes open shadow roots and same-origin frames.
const shownText = `(() => {
  const textOf = (root) => [...root.querySelectorAll("*")].map((element) => {
    let inner = element.shadowRoot ? textOf(element.shadowRoot) : "";
    if (/^(?:iframe|frame|object)$/.test(element.localName)) try { inner += textOf(element.contentDocument); } catch {}
    return [...element.childNodes].map((node) => node.nodeType === 3 ? node.data : "").join(" ") + " " + inner;
  }).join(" ");
  return textOf(document);
})()`;

await runCommand("npm run bench:settle", usage, async (args) => {
  parseArguments({ args });
  installPeers();
  const { default: puppeteer } = createRequire(join(import.meta.dirname, "peers", "package.json"))(
    "puppeteer",
  );
  const site = await startSite();
  const browser = await puppeteer.launch({ executablePath: browserLocation().executable });
  try {
    const rules: [name: string, rule: Rule][] = [
      ["Trawl", await trawlRule(browser)],
      ["networkidle0", puppeteerRule(browser, "networkidle0")],
      ["load", puppeteerRule(browser, "load")],
    ];
    console.log(`${pages.length} pages, times in ms\n`);
    console.log("                median   p90   longest   pages complete   median of single-page apps");
    const missed: string[] = [];
    for (const [name, rule] of rules) {
      const { row, incomplete } = await measure(name, rule, site.origin);
      console.log(row);
      missed.push(`${name}: ${incomplete.join(" ") || "none"}`);
    }
    console.log(`\nNot complete\n${missed.join("\n")}`);
    return 0;
  } finally {
    await browser.close();
    await site.close();
  }
});

async function trawlRule(browser: Parameters<typeof Tab.open>[0]): Promise<Rule> {
  const tab = await Tab.open(browser, {
    emulation: emulationFor(null),
    suspectUrls: [],
    isAllowed: () => true,
    commandTimeout: 5000,
  });
  return async (url) => {
    await tab.leave();
    const startedAt = performance.now();
    // The time includes capturing the page, which takes some milliseconds.
    await tab.render(url, {
      navigationTimeout: NAVIGATION_TIMEOUT_MS,
      settleTimeout: SETTLE_TIMEOUT_MS,
      settleQuiet: SETTLE_QUIET_MS,
      pageTimeout: PAGE_TIMEOUT_MS,
      maxBytes: MAX_PAGE_BYTES,
    });
    const ms = performance.now() - startedAt;
    const { result } = await tab.session.send("Runtime.evaluate", { expression: shownText });
    return { ms, text: result.value };
  };
}

/** What is used of Puppeteer. */
interface PuppeteerBrowser {
  newPage(): Promise<PuppeteerPage>;
}
interface PuppeteerPage {
  close(): Promise<void>;
  goto(url: string, options?: { waitUntil: string; timeout: number }): Promise<unknown>;
  evaluate(script: string): Promise<string>;
}

function puppeteerRule(browser: PuppeteerBrowser, waitUntil: string): Rule {
  return async (url) => {
    // A page that is about to go elsewhere can make a tab useless to Puppeteer.
    const page = await browser.newPage();
    const startedAt = performance.now();
    await page.goto(url, { waitUntil, timeout: SETTLE_TIMEOUT_MS }).catch(() => {});
    const ms = performance.now() - startedAt;
    const text = await page.evaluate(shownText).catch(() => "");
    await page.close();
    return { ms, text };
  };
}

async function measure(
  name: string,
  rule: Rule,
  origin: string,
): Promise<{ row: string; incomplete: string[] }> {
  const times: { ms: number; kind: PageKind }[] = [];
  const incomplete: string[] = [];
  for (const { path, kind, expect } of pages) {
    const { ms, text } = await rule(origin + path);
    times.push({ ms, kind });
    if (!(expect.text ?? []).every((wanted) => text.includes(wanted))) incomplete.push(path);
  }
  const all = times.map(({ ms }) => ms);
  const ofApps = times.filter(({ kind }) => kind === "spa").map(({ ms }) => ms);
  const complete = `${pages.length - incomplete.length} of ${pages.length}`;
  const columns = [at(all, 0.5), at(all, 0.9), at(all, 1)].map((ms) => ms.padStart(8)).join("");
  const row = `${name.padEnd(14)}${columns}${complete.padStart(17)}${at(ofApps, 0.5).padStart(15)}`;
  return { row, incomplete };
}

/** The time that this share of all times does not exceed. */
function at(times: number[], share: number): string {
  const sorted = times.toSorted((one, other) => one - other);
  return `${Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)}`;
}
