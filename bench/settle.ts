/**
 * `npm run bench:settle`: how long pages of the test site take until they count as settled, and how many show what they
 * are to show then: by Trawl's rule, and by the usual ones of Puppeteer.
 */
import { readFileSync } from "node:fs";
import { createRequire, registerHooks } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { browserLocation } from "../scripts/setup/browser/location.mjs";
import type { PageKind } from "../test/site/page.ts";
import { goodPages } from "../test/site/pages.ts";
import { startSite } from "../test/site/server.ts";
import { installPeers } from "./peers.ts";

// Scripts that run inside the page are text to Trawl: see wrangler.toml.
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

installPeers();
const { default: puppeteer } = createRequire(join(import.meta.dirname, "peers", "package.json"))("puppeteer");
const site = await startSite();
const browser = await puppeteer.launch({ executablePath: browserLocation().executable });
const pages = goodPages.filter(({ expect: { status, code, contentType = "text/html" } }) => {
  return status === 200 && code === undefined && contentType === "text/html";
});

/** Goes to a page of the site and waits by the rule; answers after how many ms, and what the page shows then. */
type Rule = (url: string) => Promise<{ ms: number; text: string }>;

// Text in open shadow roots and in frames of the same site is part of what a page shows.
const shownText = `(() => {
  const textOf = (root) => [...root.querySelectorAll("*")].map((element) => {
    let inner = element.shadowRoot ? textOf(element.shadowRoot) : "";
    if (element.localName === "iframe") try { inner += textOf(element.contentDocument); } catch {}
    return [...element.childNodes].map((node) => node.nodeType === 3 ? node.data : "").join(" ") + " " + inner;
  }).join(" ");
  return textOf(document);
})()`;

const tab = await Tab.open(browser, {
  emulation: emulationFor(null),
  suspectUrls: [],
  isAllowed: () => true,
  commandTimeout: 5000,
});

const byTrawl: Rule = async (url) => {
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

const page = await browser.newPage();

const byPuppeteer =
  (waitUntil: string): Rule =>
  async (url) => {
    await page.goto("about:blank");
    const startedAt = performance.now();
    await page.goto(url, { waitUntil, timeout: SETTLE_TIMEOUT_MS }).catch(() => {});
    const ms = performance.now() - startedAt;
    return { ms, text: await page.evaluate(shownText).catch(() => "") };
  };

const rules: [name: string, rule: Rule][] = [
  ["Trawl", byTrawl],
  ["networkidle0", byPuppeteer("networkidle0")],
  ["load", byPuppeteer("load")],
];

try {
  console.log(`${pages.length} pages; ms until settled\n`);
  console.log("                median   p90   longest   pages complete   median of applications");
  for (const [name, rule] of rules) console.log(await measure(name, rule));
} finally {
  await browser.close();
  await site.close();
}

async function measure(name: string, rule: Rule): Promise<string> {
  const times: { ms: number; kind: PageKind }[] = [];
  const incomplete: string[] = [];
  for (const { path, kind, expect } of pages) {
    const { ms, text } = await rule(`${site.origin}${path}`);
    times.push({ ms, kind });
    if (!(expect.text ?? []).every((wanted) => text.includes(wanted))) incomplete.push(path);
  }
  const all = times.map(({ ms }) => ms);
  const ofApplications = times.filter(({ kind }) => kind === "spa").map(({ ms }) => ms);
  const complete = `${pages.length - incomplete.length} of ${pages.length}`;
  const columns = [at(all, 0.5), at(all, 0.9), at(all, 1)].map((ms) => ms.padStart(8)).join("");
  return `${name.padEnd(14)}${columns}${complete.padStart(17)}${at(ofApplications, 0.5).padStart(15)}`;
}

function at(times: number[], share: number): string {
  const sorted = times.toSorted((one, other) => one - other);
  return `${Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)}`;
}
