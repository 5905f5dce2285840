/**
 * `npm run bench`: compares the speed of Trawl under `wrangler dev`, plain Puppeteer and Crawlee's PuppeteerCrawler, on the
 * same pages with the same Chromium. Also measures how long batches of several sizes take.
 */
import { cpus } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { parseArguments, UsageError, wholeNumber } from "../scripts/command-line/arguments.ts";
import { runCommand } from "../scripts/command-line/run-command.ts";
import { startTemporaryTrawl, type TemporaryTrawl } from "../scripts/trawl/temporary-trawl.ts";
import { workerdMemory } from "../scripts/trawl/workerd-memory.ts";
import { settings } from "../src/settings.ts";
import { type Receiver, startReceiver } from "../test/receiver/server.ts";
import { type Site, startSite } from "../test/site/server.ts";
import { installPeers, type PeerName, renderByPeer } from "./peers.ts";
import { renderByTrawl } from "./render-by-trawl.ts";

const defaultTabs = settings({}).TABS_PER_LEASE;

const usage = `Usage: npm run bench [-- OPTIONS]

Compares the speed of Trawl, Puppeteer and Crawlee, and times batches of several sizes.

Options:
  --set NAME   walks: pages of 20 KB with a script and pictures; or reference: documentation of
               20 KB to 2 MB, 120 KB on average (default: walks)
  --pages N    Pages per run (default: 300)
  --rounds N   Runs per contestant, taking turns. The median counts (default: 3)
  --tabs N     Pages rendered at once by each contestant (default: ${defaultTabs})
  --no-peers   Measure Trawl only
  --help       Show this help`;

const warmUpPages = 24;
const batchSizes = [10, 100, 300];
const smallBatch = 5;
const largeBatch = 300;

/** Sets of pages: what they are, and the path that their numbers follow. */
const sets = {
  walks: { path: "/bench", text: "pages of about 20 KB with a stylesheet, a script and three images" },
  reference: {
    path: "/reference",
    text: "pages of reference documentation of 20 KB to 2 MB, 120 KB on average",
  },
};

interface Options {
  set: keyof typeof sets;
  /** Pages per run. */
  count: number;
  rounds: number;
  tabs: number;
  withPeers: boolean;
}

await runCommand("npm run bench", usage, async (args) => {
  const { values } = parseArguments({
    args,
    allowNegative: true,
    options: {
      set: { type: "string", default: "walks" },
      pages: { type: "string", default: "300" },
      rounds: { type: "string", default: "3" },
      tabs: { type: "string", default: String(defaultTabs) },
      peers: { type: "boolean", default: true },
    },
  });
  const set = values.set;
  if (set !== "walks" && set !== "reference")
    throw new UsageError(`--set must be walks or reference, got ${JSON.stringify(set)}.`);
  await benchmark({
    set,
    count: wholeNumber("--pages", values.pages),
    rounds: wholeNumber("--rounds", values.rounds),
    tabs: wholeNumber("--tabs", values.tabs),
    withPeers: values.peers,
  });
  return 0;
});

async function benchmark(options: Options): Promise<void> {
  if (options.withPeers) installPeers();
  const site = await startSite();
  const receiver = await startReceiver();
  const trawl = await startTemporaryTrawl("bench", {
    vars: { TABS_PER_LEASE: options.tabs, MAX_BROWSERS: 1 },
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
  try {
    await compare(site, receiver, trawl, options);
    await timeBatches(site, receiver, trawl);
  } finally {
    await trawl.stop();
    await Promise.all([site.close(), receiver.close()]);
  }
}

async function compare(
  site: Site,
  receiver: Receiver,
  trawl: TemporaryTrawl,
  { set, count, rounds, tabs, withPeers }: Options,
): Promise<void> {
  const { SETTLE_QUIET_MS: quietMs } = settings({});
  console.log(
    `${count} ${sets[set].text}, ${tabs} at once.\n` +
      `Each page waits for ${quietMs} ms of network silence. Images are not loaded.\n` +
      `${warmUpPages} pages to warm up, ${rounds} ${rounds === 1 ? "round" : "rounds"}, ${cpus().length} cores.\n`,
  );
  const warmUp = pages(site, "warm", warmUpPages, set);
  const urls = pages(site, "", count, set);
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
  console.log(`\n  ${"Median".padEnd(10)} pages/s`);
  const medians = new Map([...rates].map(([name, each]) => [name, median(each)]));
  for (const [name, rate] of medians) console.log(`  ${name.padEnd(10)} ${rate.toFixed(1).padStart(7)}`);
  const own = medians.get("Trawl") ?? 0;
  const ratios = [...medians].filter(([name]) => name !== "Trawl");
  if (ratios.length > 0) {
    console.log(
      `\n  Trawl has ${ratios.map(([name, rate]) => `${(own / rate).toFixed(2)} times the speed of ${name}`).join(", ")}.`,
    );
  }
}

/** Times batches on their own, and a small one while a large one runs. */
async function timeBatches(site: Site, receiver: Receiver, trawl: TemporaryTrawl): Promise<void> {
  console.log("\nFrom the request to the webhook:\n");
  for (const size of [smallBatch, ...batchSizes]) {
    const ms = await renderByTrawl(trawl, receiver, pages(site, `of-${size}`, size));
    console.log(`  ${String(size).padStart(5)} pages  ${seconds(ms)}`);
  }
  const large = renderByTrawl(trawl, receiver, pages(site, "large", largeBatch));
  await untilRequested(site, "large", largeBatch / 10);
  const ms = await renderByTrawl(trawl, receiver, pages(site, "small", smallBatch));
  console.log(
    `  ${String(smallBatch).padStart(5)} pages  ${seconds(ms)}  during a batch of ${largeBatch}, which took ${seconds(await large).trim()}`,
  );
}

/** URLs of the test site. `series` distinguishes the pages of one run. */
function pages(site: Site, series: string, count: number, set: keyof typeof sets = "walks"): string[] {
  return Array.from({ length: count }, (_, n) => `${site.origin}${sets[set].path}/${n + 1}?${series}`);
}

/** Waits until this many pages of a series were requested. */
async function untilRequested(site: Site, series: string, count: number): Promise<void> {
  const isOfSeries = ({ path }: { path: string }) => path.endsWith(`?${series}`);
  while (site.requests.filter(isOfSeries).length < count) await delay(20);
}

function memoryText({ worker }: TemporaryTrawl): string {
  const mebibytes = workerdMemory(worker.pid);
  return mebibytes === null ? "" : `  workerd uses ${mebibytes.toFixed(0)} MiB`;
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
