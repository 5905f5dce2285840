/**
 * `npm run bench:memory`: what the Worker and its objects hold in memory while a large batch runs under `wrangler dev`.
 *
 * What V8 finds alive in each isolate when it collects all garbage is what counts. Resident memory says less: V8 lets
 * garbage lie while there is room, and what it has freed stays with the process for a time.
 */
import { parseArgs } from "node:util";
import { startTemporaryTrawl, type TemporaryTrawl } from "../scripts/trawl/temporary-trawl.ts";
import { workerdMemory } from "../scripts/trawl/workerd-memory.ts";
import { startReceiver } from "../test/receiver/server.ts";
import { startSite } from "../test/site/server.ts";
import { renderByTrawl } from "./render-by-trawl.ts";

const usage = `npm run bench:memory [-- OPTIONS]

  --pages N   pages of the batch (3000)`;

const sampleMs = 10_000;
/** Oftener than the output that is kept of the Worker is filled. */
const collectMs = 500;

const { values } = parseArgs({
  options: { pages: { type: "string", default: "3000" }, help: { type: "boolean", default: false } },
});

if (values.help) console.log(usage);
else await bench(Number(values.pages));

async function bench(count: number): Promise<void> {
  // wrangler hands them on to workerd.
  process.env.MINIFLARE_WORKERD_V8_FLAGS = "--trace-gc";
  const site = await startSite();
  const receiver = await startReceiver();
  const trawl = await startTemporaryTrawl("bench", { flags: ["--log-level", "debug"] });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
  const collections = new Map<string, Collection>();
  const collecting = setInterval(() => collect(trawl, collections), collectMs);
  const startedAt = Date.now();
  const sampling = setInterval(() => printResident(trawl, startedAt), sampleMs);
  try {
    printResident(trawl, startedAt);
    const urls = Array.from({ length: count }, (_, n) => `${site.origin}/tiny/${n + 1}`);
    await renderByTrawl(trawl, receiver, urls);
    printResident(trawl, startedAt);
    collect(trawl, collections);
  } finally {
    clearInterval(collecting);
    clearInterval(sampling);
    await trawl.stop();
    await Promise.all([site.close(), receiver.close()]);
  }
  console.log("\nAlive after each full collection, by isolate:\n");
  for (const each of byIsolate(collections)) {
    console.log(`  ${each.map(({ ms, alive }) => `${alive} MB at ${Math.round(ms / 1000)} s`).join(", ")}`);
  }
}

interface Collection {
  isolate: string;
  /** Since the isolate began. */
  ms: number;
  /** In MB. */
  alive: number;
}

/** Takes note of lines such as `[71:0x7f3a] 24450 ms: Mark-Compact 36.2 (59.5) -> 16.6 (58.5) MB, …`. */
function collect({ worker }: TemporaryTrawl, collections: Map<string, Collection>): void {
  const lines = worker.output().matchAll(/\[\d+:(\w+)\]\s+(\d+) ms: Mark-Compact .*?-> ([\d.]+) \(/g);
  for (const [line, isolate = "", ms, alive] of lines) {
    collections.set(line, { isolate, ms: Number(ms), alive: Number(alive) });
  }
}

function byIsolate(collections: Map<string, Collection>): Collection[][] {
  const isolates = Map.groupBy(collections.values(), ({ isolate }) => isolate);
  return [...isolates.values()].map((each) => each.toSorted((one, other) => one.ms - other.ms));
}

function printResident({ worker }: TemporaryTrawl, startedAt: number): void {
  const seconds = String(Math.round((Date.now() - startedAt) / 1000)).padStart(5);
  console.log(`${seconds} s  workerd holds ${workerdMemory(worker.pid)?.toFixed(0) ?? "?"} MiB`);
}
