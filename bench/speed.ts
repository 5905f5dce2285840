/**
 * `npm run bench`: pages a second, of Trawl under `wrangler dev`, of plain Puppeteer and of Crawlee's PuppeteerCrawler,
 * on the same pages with the same Chromium; and how long batches of several sizes take.
 */
import { cpus } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startTemporaryTrawl, type TemporaryTrawl } from "../scripts/trawl/temporary-trawl.ts";
import { workerdMemory } from "../scripts/trawl/workerd-memory.ts";
import { settings } from "../src/settings.ts";
import { type Receiver, startReceiver } from "../test/receiver/server.ts";
import { type Site, startSite } from "../test/site/server.ts";
import { installPeers, type PeerName, renderByPeer } from "./peers.ts";
import { renderByTrawl } from "./render-by-trawl.ts";

const usage = `npm run bench [-- OPTIONS]

  --pages N    pages of each run (300)
  --rounds N   runs of each contestant, one after another in turn; the median counts (3)
  --tabs N     pages that each contestant renders at the same time (TABS_PER_LEASE's default)
  --no-peers   Trawl alone`;

const warmUpPages = 24;
const batchSizes = [10, 100, 300];
const smallBatch = 5;
const largeBatch = 300;

const { values } = parseArgs({
  allowNegative: true,
  options: {
    pages: { type: "string", default: "300" },
    rounds: { type: "string", default: "3" },
    tabs: { type: "string", default: String(settings({}).TABS_PER_LEASE) },
    peers: { type: "boolean", default: true },
    help: { type: "boolean", default: false },
  },
});

if (values.help) console.log(usage);
else await bench(Number(values.pages), Number(values.rounds), Number(values.tabs), values.peers);

async function bench(count: number, rounds: number, tabs: number, withPeers: boolean): Promise<void> {
  if (withPeers) installPeers();
  const site = await startSite();
  const receiver = await startReceiver();
  const trawl = await startTemporaryTrawl("bench", { vars: { TABS_PER_LEASE: tabs } });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
  try {
    await compare(site, receiver, trawl, { count, rounds, tabs, withPeers });
    await timeBatches(site, receiver, trawl);
  } finally {
    await trawl.stop();
    await Promise.all([site.close(), receiver.close()]);
  }
}

interface Comparison {
  count: number;
  rounds: number;
  tabs: number;
  withPeers: boolean;
}

async function compare(
  site: Site,
  receiver: Receiver,
  trawl: TemporaryTrawl,
  { count, rounds, tabs, withPeers }: Comparison,
): Promise<void> {
  const { SETTLE_QUIET_MS: quietMs } = settings({});
  console.log(
    `${count} pages of about 20 KB with a style, a script and three pictures, ${tabs} at the same time,\n` +
      `each until the network has been quiet for ${quietMs} ms, pictures not loaded; ${warmUpPages} pages to warm up;\n` +
      `${rounds} rounds of all in turn; ${cpus().length} cores.\n`,
  );
  const warmUp = pages(site, "warm", warmUpPages);
  const urls = pages(site, "", count);
  const byPeer = (name: PeerName) => () => renderByPeer(name, { warmUp, urls, tabs, quietMs });
  const contestants: [name: string, run: () => Promise<number>][] = [
    [
      "Trawl",
      async () => {
        await renderByTrawl(trawl, receiver, warmUp);
        return renderByTrawl(trawl, receiver, urls);
      },
    ],
  ];
  if (withPeers) contestants.push(["Puppeteer", byPeer("puppeteer")], ["Crawlee", byPeer("crawlee")]);

  const rates = new Map<string, number[]>(contestants.map(([name]) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const [name, run] of contestants) {
      const rate = count / ((await run()) / 1000);
      rates.get(name)?.push(rate);
      const memory = name === "Trawl" ? memoryText(trawl) : "";
      console.log(`  round ${round}  ${name.padEnd(10)} ${rate.toFixed(1).padStart(6)} pages/s${memory}`);
    }
  }
  console.log(`\n  ${"".padEnd(10)} pages/s`);
  const medians = new Map([...rates].map(([name, each]) => [name, median(each)]));
  for (const [name, rate] of medians) console.log(`  ${name.padEnd(10)} ${rate.toFixed(1).padStart(7)}`);
  const own = medians.get("Trawl") ?? 0;
  const ratios = [...medians].filter(([name]) => name !== "Trawl");
  if (ratios.length > 0) {
    console.log(
      `\n  Trawl is ${ratios.map(([name, rate]) => `${(own / rate).toFixed(2)} × ${name}`).join(", ")}.`,
    );
  }
}

/** Of batches on their own, and of a small one while a large one runs. */
async function timeBatches(site: Site, receiver: Receiver, trawl: TemporaryTrawl): Promise<void> {
  console.log("\nFrom the request until the webhook:\n");
  for (const size of [smallBatch, ...batchSizes]) {
    const ms = await renderByTrawl(trawl, receiver, pages(site, `of-${size}`, size));
    console.log(`  ${String(size).padStart(5)} pages  ${seconds(ms)}`);
  }
  const large = renderByTrawl(trawl, receiver, pages(site, "large", largeBatch));
  await untilRequested(site, "large", largeBatch / 10);
  const ms = await renderByTrawl(trawl, receiver, pages(site, "small", smallBatch));
  console.log(
    `  ${String(smallBatch).padStart(5)} pages  ${seconds(ms)}  beside a batch of ${largeBatch}, which took`,
  );
  console.log(`  ${"".padStart(13)}${seconds(await large)}`);
}

/** Pages of the test site; `series` tells those of one run from others. */
function pages(site: Site, series: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${site.origin}/bench/${n + 1}?${series}`);
}

/** Waits until so many pages of a series have been asked for. */
async function untilRequested(site: Site, series: string, count: number): Promise<void> {
  const isOfSeries = ({ path }: { path: string }) => path.endsWith(`?${series}`);
  while (site.requests.filter(isOfSeries).length < count) await delay(20);
}

function memoryText({ worker }: TemporaryTrawl): string {
  const mebibytes = workerdMemory(worker.pid);
  return mebibytes === null ? "" : `  workerd holds ${mebibytes.toFixed(0)} MiB`;
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return (low + high) / 2;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`.padStart(7);
}
