/**
 * `npm run bench:settle`: how long pages of the test site take to settle, and how many are complete by then. Compares
 * Trawl's rule with those of Puppeteer.
 */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { parseArguments, UsageError } from "../scripts/command-line/arguments.ts";
import { runCommand } from "../scripts/command-line/run-command.ts";
import type { Page } from "../test/site/page.ts";
import { goodPages, hardPages } from "../test/site/pages.ts";
import { startSite } from "../test/site/server.ts";

// Scripts for the page are imported as text: see wrangler.toml.
registerHooks({
  load(url, context, next) {
    if (!url.endsWith(".page.js")) return next(url, context);
    const source = `export default ${JSON.stringify(readFileSync(fileURLToPath(url), "utf8"))};`;
    return { format: "module", source, shortCircuit: true };
  },
});
const { openSettlingRules } = await import("./settling-rules.ts");

const usage = `Usage: npm run bench:settle [-- OPTIONS]

Measures how long pages of the test site take to settle, from the request for their
address on, and how many are complete by then: by Trawl's rule and by Puppeteer's.
Takes about ten minutes.

Options:
  --pages TEXT  Only pages whose path contains TEXT
  --rules A,B   Only these rules (default: all)
  --each        Show each page's times
  --help        Show this help`;

/** One page by one rule. */
interface Result {
  ms: number;
  isComplete: boolean;
}

await runCommand("npm run bench:settle", usage, async (args) => {
  const { values } = parseArguments({
    args,
    options: {
      pages: { type: "string", default: "" },
      rules: { type: "string" },
      each: { type: "boolean", default: false },
    },
  });
  const pages = htmlPages().filter(({ path }) => path.includes(values.pages));
  if (pages.length === 0) throw new UsageError(`No page's path contains ${JSON.stringify(values.pages)}.`);
  const site = await startSite();
  const { rules: all, close } = await openSettlingRules();
  try {
    const rules = chosen(all, values.rules);
    const results = new Map(rules.map(({ name }) => [name, new Map<Page, Result>()]));
    if (values.each) console.log(`${" ".repeat(44)}${rules.map(({ name }) => name.padStart(18)).join("")}`);
    // Page by page, so that whatever else the machine does slows down all rules alike.
    for (const page of pages) {
      for (const { name, visit } of rules) {
        const { ms, text } = await visit(site.origin + page.path);
        const isComplete = (page.expect.text ?? []).every((wanted) => text.includes(wanted));
        results.get(name)?.set(page, { ms, isComplete });
      }
      if (values.each) console.log(rowOfPage(page, [...results.values()]));
    }
    printGroups(pages, results);
    return 0;
  } finally {
    await close();
    await site.close();
  }
});

function htmlPages(): Page[] {
  return goodPages.filter(({ expect: { status, code, contentType = "text/html" } }) => {
    return status === 200 && code === undefined && contentType === "text/html";
  });
}

function chosen<R extends { name: string }>(rules: R[], names: string | undefined): R[] {
  if (names === undefined) return rules;
  return names.split(",").map((wanted) => {
    const rule = rules.find(({ name }) => name.toLowerCase() === wanted.toLowerCase());
    if (rule) return rule;
    const known = rules.map(({ name }) => name).join(", ");
    throw new UsageError(`--rules must name some of ${known}, got ${JSON.stringify(wanted)}.`);
  });
}

function rowOfPage(page: Page, results: Map<Page, Result>[]): string {
  const columns = results.map((ofRule) => {
    const { ms = 0, isComplete } = ofRule.get(page) ?? {};
    return `${Math.round(ms)}${isComplete ? "    " : " (–)"}`.padStart(18);
  });
  return `${page.path.padEnd(44)}${columns.join("")}`;
}

function printGroups(pages: Page[], results: Map<string, Map<Page, Result>>): void {
  const isHard = (page: Page) => hardPages.includes(page);
  const others = pages.filter((page) => !isHard(page));
  printTable("pages", others, results);
  printTable(
    "of them single-page applications",
    others.filter(({ kind }) => kind === "spa"),
    results,
  );
  printTable("pages that are hard to settle", pages.filter(isHard), results);
  for (const [name, ofRule] of results) {
    const incomplete = pages.filter((page) => !ofRule.get(page)?.isComplete).map(({ path }) => path);
    console.log(`\n${name}, ${incomplete.length} incomplete: ${incomplete.join(" ")}`);
  }
}

function printTable(title: string, pages: Page[], results: Map<string, Map<Page, Result>>): void {
  if (pages.length === 0) return;
  console.log(`\n${pages.length} ${title}, ms until settled\n`);
  console.log("                    median     p90 longest  complete");
  for (const [name, ofRule] of results) {
    const times = pages.map((page) => ofRule.get(page)?.ms ?? 0).toSorted((one, other) => one - other);
    const complete = pages.filter((page) => ofRule.get(page)?.isComplete).length;
    const columns = [0.5, 0.9, 1].map((share) => at(times, share).padStart(8)).join("");
    console.log(`${name.padEnd(18)}${columns}${String(complete).padStart(10)}`);
  }
}

/** The time that this share of all times, in ascending order, does not exceed. */
function at(times: number[], share: number): string {
  return `${Math.round(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0)}`;
}
