/** The demo's course: starts everything, posts a batch, follows it, and shows what came of it. */
import { styleText } from "node:util";
import { type Receiver, startReceiver } from "../../test/receiver/server.ts";
import { startSite } from "../../test/site/server.ts";
import type { BatchObject, Client, Item, Retrieved } from "../trawl/client.ts";
import { startTemporaryTrawl, type TemporaryTrawl } from "../trawl/temporary-trawl.ts";
import { curlLines } from "./curl.ts";
import { type CompletionEvent, countFaults, pageFaults, verifiedEvent } from "./findings.ts";
import { itemTimes } from "./item-times.ts";
import { markdownExcerpt } from "./markdown-excerpt.ts";
import { type DemoPage, pagesAt, sitePages } from "./pages.ts";
import { progressOf } from "./progress.ts";
import type { Running } from "./running.ts";
import { itemTable } from "./table.ts";

/** Longer than any page takes with all its attempts, and enough for a few hundred. */
const batchLimitMs = 5 * 60_000;
const webhookLimitMs = 10_000;

/** Columns, where there is no terminal that has some. */
const defaultWidth = 110;

const shownFaults = 20;

/** How much of the Worker's log is shown when something fails, in characters. */
const shownLog = 3000;

export interface Demonstration {
  isAsExpected: boolean;
  /** Prints calls to try, and resolves when the Worker has ended. */
  untilStopped(): Promise<void>;
}

/**
 * Runs the demo with these URLs, or with the test web site's pages if there are none. What it starts is added to
 * `running`.
 *
 * @throws Error when it does not get to its end
 */
export async function demonstrate(urls: string[], running: Running): Promise<Demonstration> {
  say("");
  const pages = urls.length > 0 ? pagesAt(urls) : await startTestSite(running);
  const receiver = await startReceiver();
  running.add(receiver.close);
  sayStarted("receiver", receiver.url, "takes the webhook");
  const trawl = await startWorker(running);
  try {
    return await renderPages(trawl, pages, receiver);
  } catch (error) {
    if (!running.isStopping) say(`\nThe end of the Worker's log:\n${trawl.worker.output().slice(-shownLog)}`);
    throw error;
  }
}

async function startTestSite(running: Running): Promise<DemoPage[]> {
  const site = await startSite();
  running.add(site.close);
  const pages = sitePages(site.origin);
  sayStarted("web site", site.origin, `has the ${pages.length} pages to render`);
  return pages;
}

async function startWorker(running: Running): Promise<TemporaryTrawl> {
  const startedAt = Date.now();
  const trawl = await startTemporaryTrawl("demo");
  running.add(trawl.stop);
  sayStarted(
    "Trawl",
    trawl.client.origin,
    `the Worker in wrangler dev, ready after ${secondsSince(startedAt)}`,
  );
  return trawl;
}

async function renderPages(
  trawl: TemporaryTrawl,
  pages: DemoPage[],
  receiver: Receiver,
): Promise<Demonstration> {
  const { client, worker } = trawl;
  const batch = await completeBatch(client, pages, receiver.url);
  const call = await receiver.waitFor(({ path }) => path === new URL(receiver.url).pathname, webhookLimitMs);
  const event = verifiedEvent(call, trawl.webhookSecret);
  sayEvent(event);

  const items = await client.items(batch.id);
  const contents = await readContents(client, items);
  sayItems(pages, items, contents, itemTimes(worker.output(), batch.id));
  sayMarkdown(pages, contents);

  const faults = [
    ...countFaults(batch, items, event),
    ...pages.flatMap((page) => pageFaults(page, itemOf(page, items), contents.get(page.customId))),
  ];
  saySum(event, faults);
  return {
    isAsExpected: faults.length === 0,
    async untilStopped() {
      sayCalls(client, batch.id, items, pages);
      await worker.ended;
    },
  };
}

async function completeBatch(client: Client, pages: DemoPage[], webhook: string): Promise<BatchObject> {
  const items = pages.map(({ customId, url }) => ({ custom_id: customId, url }));
  const startedAt = Date.now();
  const batch = await client.createBatch({ items, webhook, metadata: { from: "npm run demo" } });
  const ms = Date.now() - startedAt;
  say(`\nPOST /v1/batches: ${counted(items.length, "page")} accepted in ${ms} ms as ${bold(batch.id)}\n`);
  const progress = progressOf(items.length, process.stdout);
  const completed = await client.untilCompleted(batch.id, {
    limitMs: batchLimitMs,
    onProgress: ({ completed_urls, failed_urls }) => progress.show(completed_urls + failed_urls),
  });
  progress.end();
  return completed;
}

/** By custom_id; failed items have none. */
async function readContents(client: Client, items: Item[]): Promise<Map<string, Retrieved>> {
  const contents = new Map<string, Retrieved>();
  for (const { custom_id, retrieve_id } of items) {
    if (retrieve_id) contents.set(custom_id, await client.retrieve(retrieve_id));
  }
  return contents;
}

function itemOf({ customId }: DemoPage, items: Item[]): Item | undefined {
  return items.find(({ custom_id }) => custom_id === customId);
}

function sayStarted(name: string, address: string, what: string): void {
  say(`  ${name.padEnd(9)} ${address.padEnd(32)} ${dim(what)}`);
}

function sayEvent({ object, delivery_attempt, data }: CompletionEvent): void {
  const { items_completed, items_total, items_failed, credits_consumed } = data;
  say(`\nThe webhook came, attempt ${delivery_attempt}, and its signature is good:\n`);
  say(
    `  ${bold(object)}  ${items_completed} of ${items_total} completed, ${items_failed} failed, ${counted(credits_consumed, "credit")}`,
  );
}

function sayItems(
  pages: DemoPage[],
  items: Item[],
  contents: ReadonlyMap<string, Retrieved>,
  times: ReadonlyMap<number, number>,
): void {
  const rows = pages.flatMap((page, place) => {
    const item = itemOf(page, items);
    const { html_content: html, text_content: text } = contents.get(page.customId) ?? {};
    const content = html ?? text;
    const bytes = content ? Buffer.byteLength(content) : undefined;
    return item ? [{ item, bytes, ms: times.get(place) }] : [];
  });
  say(`\nThe items:\n\n${itemTable(rows, width())}\n`);
  say(dim("  bytes: the rendered HTML, or the text where a page is none. ms: from when a tab took the page"));
  say(dim("  until its content was taken; several tabs work at the same time."));
}

/** Of the manual's page, if it is there: it has some of everything. */
function sayMarkdown(pages: DemoPage[], contents: ReadonlyMap<string, Retrieved>): void {
  const withMarkdown = pages.filter(({ customId }) => contents.get(customId)?.markdown_content);
  const page = withMarkdown.find(({ customId }) => customId === "/docs/getting-started") ?? withMarkdown[0];
  const markdown = page && contents.get(page.customId)?.markdown_content;
  if (!markdown) return;
  say(`\nThe Markdown of ${page.customId} begins:\n\n${markdownExcerpt(markdown, width())}`);
}

function saySum({ data }: CompletionEvent, faults: string[]): void {
  const seconds = (Date.parse(data.completed_at) - Date.parse(data.created_at)) / 1000;
  const rate = bold(`${(data.items_total / seconds).toFixed(1)} pages a second`);
  say(
    `\n${counted(data.items_total, "page")} in ${seconds.toFixed(1)} s, with the start of Chromium: ${rate}.`,
  );
  if (faults.length === 0) {
    const failed = data.items_failed > 0 ? `, ${data.items_failed} failed as expected` : "";
    say(`${styleText("green", "✔")} ${data.items_completed} rendered${failed}.\n`);
    return;
  }
  const left = faults.length > shownFaults ? [`and ${faults.length - shownFaults} more`] : [];
  const lines = [...faults.slice(0, shownFaults), ...left].map((fault) => `  - ${fault}`);
  say(`${styleText("red", "✘")} Not as expected:\n${lines.join("\n")}\n`);
}

function sayCalls({ origin, key }: Client, batchId: string, items: Item[], pages: DemoPage[]): void {
  const retrieveId = items.find(({ retrieve_id }) => retrieve_id)?.retrieve_id;
  const lines = curlLines({ origin, key }, { batchId, retrieveId, url: pages[0]?.url });
  say(`Everything is still running. The reference is at ${origin}/docs. Calls to try:\n`);
  say(`${lines.join("\n\n")}\n\nCtrl-C stops it.`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

const bold = (text: string) => styleText("bold", text);
const dim = (text: string) => styleText("dim", text);
const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;
const secondsSince = (time: number) => `${((Date.now() - time) / 1000).toFixed(1)} s`;
const width = () => process.stdout.columns ?? defaultWidth;
