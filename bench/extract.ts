/**
 * `npm run bench:extract`: time and memory to extract links, text and Markdown, for ordinary and hostile pages. Both should
 * grow in proportion to the page's size.
 *
 * A Worker has 128 MB in total. It needs about half of the memory measured here, because workerd's V8 compresses pointers
 * and Node's does not.
 */
import { spawnSync } from "node:child_process";
import { parseArguments } from "../scripts/command-line/arguments.ts";
import { runCommand } from "../scripts/command-line/run-command.ts";
import { CapturedHtml } from "../src/content/captured-html.ts";
import { linksOfPage } from "../src/content/extract/links.ts";
import { markdownOfPage, writeMarkdown } from "../src/content/extract/markdown.ts";
import { textOfPage, writeText } from "../src/content/extract/plain-text.ts";
import { visiblePage } from "../src/content/extract/visible-page.ts";
import { pageOfSize } from "./markdown/corpus.mjs";

const usage = `Usage: npm run bench:extract [-- OPTIONS]

Measures how extraction scales with the size of a page, for ordinary and hostile pages.
Times are the best of three, in ms. Memory is the smallest heap of a Node process that
can turn the page into Markdown and text, in MB.

Options:
  --quick   Use smaller pages and do not measure memory
  --help    Show this help`;

const url = "https://example.com/";
const megabyte = 1000 * 1000;

/** Make pages of about the given size, each with one kind of content. */
const kinds: Record<string, (bytes: number) => string> = {
  documentation: pageOfSize,
  prose: (bytes) =>
    repeated(`<p>${"The ship went on, and on the ship went everything else. ".repeat(9)}</p>\n`, bytes),
  "one text": (bytes) => `<p>${"words and words and ".repeat(bytes / 20)}`,
  "signs of Markdown": (bytes) => `<p>${"*_`[](".repeat(bytes / 6)}`,
  "tiny elements": (bytes) => repeated("<b>x</b>", bytes),
  "empty elements": (bytes) => repeated("<i></i>", bytes),
  "attributes without end": (bytes) => `<p ${repeated('a="b" ', bytes)}`,
  links: (bytes) => repeated('<a href="/catalogue/item-17">Item</a> ', bytes),
  "open tags": (bytes) => repeated("<div>", bytes),
  "open phrasing": (bytes) => repeated("<b>x<i>y", bytes),
  "nested lists": (bytes) => repeated("<ul><li>x", bytes),
  "nested quotes": (bytes) => repeated("<blockquote>x<br>", bytes),
  "nested tables": (bytes) => repeated("<table><tr><td>x<td>", bytes),
  "one table": (bytes) => `<table>${repeated("<tr><td>1</td><td rowspan=9 colspan=9>2</td></tr>", bytes)}`,
  "shadow roots": (bytes) =>
    repeated('<x-y><template shadowrootmode="open"><slot></slot></template>x</x-y>', bytes),
  "hidden elements": (bytes) => repeated('<b data-trawl-hidden-token="">x</b>', bytes),
  frames: (bytes) => repeated('<iframe srcdoc="&lt;p&gt;x"></iframe>', bytes),
  "captured frames": (bytes) => repeated('<iframe data-trawl-frame-token="&lt;p&gt;x"></iframe>', bytes),
};

const steps: Record<string, (html: string) => unknown> = {
  "captured HTML": (html) => new CapturedHtml(html, "token").toPageHtml().markedTree(),
  links: (html) => linksOfPage(html, url, { absolute_links: true, include_links: ["/catalogue/*"] }),
  text: (html) => textOfPage(html, url),
  markdown: (html) => markdownOfPage(html, url),
};

function repeated(part: string, bytes: number): string {
  return part.repeat(Math.ceil(bytes / part.length));
}

function bestTime(work: () => unknown): number {
  const times = Array.from({ length: 3 }, () => {
    const startedAt = performance.now();
    work();
    return performance.now() - startedAt;
  });
  return Math.min(...times);
}

const heapSteps = [16, 24, 32, 48, 64, 80, 96, 112, 128, 160, 192, 256, 384];

function smallestHeap(kind: string, megabytes: number): number | null {
  let from = 0;
  let to = heapSteps.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    const flags = [`--max-old-space-size=${heapSteps[middle]}`, "--max-semi-space-size=4"];
    const script = [import.meta.filename, "--one", kind, "--megabytes", String(megabytes)];
    const { status } = spawnSync(process.execPath, [...flags, ...script], {
      stdio: "ignore",
      timeout: 60_000,
    });
    if (status === 0) to = middle;
    else from = middle + 1;
  }
  return heapSteps[from] ?? null;
}

await runCommand("npm run bench:extract", usage, (args) => {
  const { values } = parseArguments({
    args,
    options: {
      quick: { type: "boolean", default: false },
      // Used by `smallestHeap` to extract one page in a process with a limited heap.
      one: { type: "string" },
      megabytes: { type: "string", default: "5" },
    },
  });
  if (values.one === undefined) {
    measureTime(values.quick ? [0.1, 0.2] : [0.5, 1, 2]);
    if (!values.quick) measureMemory();
    return 0;
  }
  const page = visiblePage(kinds[values.one]?.(Number(values.megabytes) * megabyte) ?? "", url);
  writeMarkdown(page);
  writeText(page);
  return 0;
});

function measureTime(sizes: number[]): void {
  console.log(`| page | step | ${sizes.map((size) => `${size} MB`).join(" | ")} | growth per doubling |`);
  console.log(`| --- | --- |${" --: |".repeat(sizes.length + 1)}`);
  for (const [kind, pageOf] of Object.entries(kinds)) {
    for (const [step, work] of Object.entries(steps)) {
      const times = sizes.map((size) => {
        const html = pageOf(size * megabyte);
        return bestTime(() => work(html));
      });
      const growth = (times.at(-1) ?? 0) / (times.at(-2) ?? 1);
      console.log(
        `| ${kind} | ${step} | ${times.map((ms) => ms.toFixed(1)).join(" | ")} | ${growth.toFixed(1)} |`,
      );
    }
  }
}

function measureMemory(): void {
  console.log(`\n| page of 5 MB | tags | heap (MB) |\n| --- | --: | --: |`);
  for (const [kind, pageOf] of Object.entries(kinds)) {
    const tags = pageOf(5 * megabyte).split("<").length - 1;
    console.log(`| ${kind} | ${tags} | ${smallestHeap(kind, 5) ?? `> ${heapSteps.at(-1)}`} |`);
  }
}
