/** Runs the demo: starts everything, posts a batch, waits for it, and shows the results. */
import { styleText } from "node:util";
import type { WebhookBody } from "../../src/webhook/payload.ts";
import { type Receiver, startReceiver } from "../../test/receiver/server.ts";
import { startSite } from "../../test/site/server.ts";
import type { BatchObject, Client, Item, Retrieved } from "../trawl/client.ts";
import { startTemporaryTrawl, type TemporaryTrawl } from "../trawl/temporary-trawl.ts";
import { verifiedEvent, wrongCounts, wrongResults } from "./checks.ts";
import { curlLines } from "./curl.ts";
import { itemTimes } from "./item-times.ts";
import { markdownExcerpt } from "./markdown-excerpt.ts";
import { type DemoPage, pagesAt, sitePages } from "./pages.ts";
import { showProgress } from "./progress.ts";
import type { StopList } from "./stop-list.ts";
import { itemTable } from "./table.ts";

/** Enough for a page that fails all its attempts, or for a few hundred pages. */
const batchLimitMs = 5 * 60_000;
const webhookLimitMs = 10_000;

/** Columns, if the output is not a terminal. */
const defaultWidth = 110;

/** How many unexpected results are listed. */
const shownResults = 20;

/** How much of the Worker's log is shown when the demo fails, in characters. */
const shownLog = 3000;

export interface Demonstration {
  isAsExpected: boolean;
  /** Prints requests to try, and resolves when the Worker has ended. */
  untilStopped(): Promise<void>;
}

/**
 * Runs the demo with these URLs, or with the test site's pages if there are none. Everything it starts is added to
 * `stopList`.
 *
 * @throws {Error} if it cannot finish
 */
export async function runDemo(urls: string[], stopList: StopList): Promise<Demonstration> {
  say("");
  const pages = urls.length > 0 ? pagesAt(urls) : await startTestSite(stopList);
  const receiver = await startReceiver();
  stopList.add(receiver.close);
  sayStarted("Receiver", receiver.url, "for the webhook");
  const trawl = await startWorker(stopList);
  try {
    return await renderPages(trawl, pages, receiver);
  } catch (error) {
    if (!stopList.isStopping) say(`\nThe Worker's last output:\n${trawl.worker.output().slice(-shownLog)}`);
    throw error;
  }
}

async function startTestSite(stopList: StopList): Promise<DemoPage[]> {
  const site = await startSite();
  stopList.add(site.close);
  const pages = sitePages(site.origin);
  sayStarted("Test site", site.origin, `with the ${pages.length} pages to render`);
  return pages;
}

async function startWorker(stopList: StopList): Promise<TemporaryTrawl> {
  const startedAt = Date.now();
  const trawl = await startTemporaryTrawl("demo");
  stopList.add(trawl.stop);
  sayStarted("Trawl", trawl.client.origin, `wrangler dev, started in ${secondsSince(startedAt)}`);
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

  const wrong = [
    ...wrongCounts(batch, items, event),
    ...pages.flatMap((page) => wrongResults(page, itemOf(page, items), contents.get(page.customId))),
  ];
  saySummary(event, wrong);
  return {
    isAsExpected: wrong.length === 0,
    async untilStopped() {
      sayRequests(client, batch.id, items, pages);
      await worker.ended;
    },
  };
}

async function completeBatch(client: Client, pages: DemoPage[], webhook: string): Promise<BatchObject> {
  const items = pages.map(({ customId, url }) => ({ custom_id: customId, url }));
  const startedAt = Date.now();
  const batch = await client.createBatch({ items, webhook, metadata: { from: "npm run demo" } });
  const ms = Date.now() - startedAt;
  say(`\nPOST /v1/batches accepted ${counted(items.length, "page")} in ${ms} ms: ${bold(batch.id)}\n`);
  const progress = showProgress(items.length, process.stdout);
  const completed = await client.untilCompleted(batch.id, {
    limitMs: batchLimitMs,
    onProgress: ({ completed_urls, failed_urls }) => progress.show(completed_urls + failed_urls),
  });
  progress.end();
  return completed;
}

/** Content by custom_id. Failed items have none. */
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

function sayStarted(name: string, address: string, note: string): void {
  say(`  ${name.padEnd(9)} ${address.padEnd(32)} ${dim(note)}`);
}

function sayEvent({ object, delivery_attempt, data }: WebhookBody): void {
  const { items_completed, items_total, items_failed, credits_consumed } = data;
  say(`\nReceived the webhook (attempt ${delivery_attempt}) and verified its signature:\n`);
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
  say(`\nItems:\n\n${itemTable(rows, width())}\n`);
  say(dim("  bytes: size of the rendered HTML, or of the text if the page is not HTML"));
  say(dim("  ms: time to render the page; several pages render at once"));
}

/** Prefers the manual's page, which has a bit of everything. */
function sayMarkdown(pages: DemoPage[], contents: ReadonlyMap<string, Retrieved>): void {
  const withMarkdown = pages.filter(({ customId }) => contents.get(customId)?.markdown_content);
  const page = withMarkdown.find(({ customId }) => customId === "/docs/getting-started") ?? withMarkdown[0];
  const markdown = page && contents.get(page.customId)?.markdown_content;
  if (!markdown) return;
  say(`\nMarkdown of ${page.customId}:\n\n${markdownExcerpt(markdown, width())}`);
}

function saySummary({ data }: WebhookBody, wrong: string[]): void {
  const seconds = (Date.parse(data.completed_at) - Date.parse(data.created_at)) / 1000;
  const rate = bold(`${(data.items_total / seconds).toFixed(1)} pages/s`);
  const pages = counted(data.items_total, "page");
  say(`\nFinished ${pages} in ${seconds.toFixed(1)} s (${rate}), including the start of Chromium.`);
  if (wrong.length === 0) {
    const failed = data.items_failed > 0 ? `, ${data.items_failed} failed as expected` : "";
    say(`${styleText("green", "✔")} ${data.items_completed} completed${failed}\n`);
    return;
  }
  const more = wrong.length > shownResults ? [`… ${wrong.length - shownResults} more`] : [];
  const lines = [...wrong.slice(0, shownResults), ...more].map((result) => `  - ${result}`);
  say(`${styleText("red", "✘")} Unexpected results:\n${lines.join("\n")}\n`);
}

function sayRequests({ origin, key }: Client, batchId: string, items: Item[], pages: DemoPage[]): void {
  const retrieveId = items.find(({ retrieve_id }) => retrieve_id)?.retrieve_id ?? undefined;
  const lines = curlLines({ origin, key }, { batchId, retrieveId, url: pages[0]?.url });
  say(`Trawl is still running. API reference: ${origin}/docs\n\nTry these requests:\n`);
  say(`${lines.join("\n\n")}\n\nPress Ctrl-C to stop.`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

const bold = (text: string) => styleText("bold", text);
const dim = (text: string) => styleText("dim", text);
const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;
const secondsSince = (time: number) => `${((Date.now() - time) / 1000).toFixed(1)} s`;
const width = () => process.stdout.columns ?? defaultWidth;
