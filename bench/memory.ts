/**
 * `npm run bench:memory`: memory used by the Worker and its Durable Objects while a large batch runs under `wrangler dev`.
 *
 * The memory in use after each full garbage collection is what counts. Resident memory says less, because V8 does not
 * collect garbage while there is room, and the process keeps freed memory for a while.
 */
import { parseArguments, wholeNumber } from "../scripts/command-line/arguments.ts";
import { runCommand } from "../scripts/command-line/run-command.ts";
import { startTemporaryTrawl, type TemporaryTrawl } from "../scripts/trawl/temporary-trawl.ts";
import { workerdMemory } from "../scripts/trawl/workerd-memory.ts";
import { startReceiver } from "../test/receiver/server.ts";
import { startSite } from "../test/site/server.ts";
import { renderByTrawl } from "./render-by-trawl.ts";

const usage = `Usage: npm run bench:memory [-- OPTIONS]

Measures the memory that workerd uses while a large batch runs.

Options:
  --pages N   Pages in the batch (default: 3000)
  --help      Show this help`;

const sampleMs = 10_000;
/** Must be short enough that the Worker's kept output never overflows. */
const collectMs = 500;

await runCommand("npm run bench:memory", usage, async (args) => {
  const { values } = parseArguments({ args, options: { pages: { type: "string", default: "3000" } } });
  await benchmark(wholeNumber("--pages", values.pages));
  return 0;
});

async function benchmark(count: number): Promise<void> {
  const site = await startSite();
  const receiver = await startReceiver();
  const trawl = await startTemporaryTrawl("bench", {
    v8Flags: ["--trace-gc"],
    flags: ["--log-level", "debug"],
  });
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
  console.log("\nIn use after each full garbage collection, one line per isolate:\n");
  for (const each of byIsolate(collections)) {
    console.log(`  ${each.map(({ ms, used }) => `${used} MB at ${Math.round(ms / 1000)} s`).join(", ")}`);
  }
}

interface Collection {
  isolate: string;
  /** Since the isolate started. */
  ms: number;
  /** Memory in use, in MB. */
  used: number;
}

/** Reads lines such as `[71:0x7f3a] 24450 ms: Mark-Compact 36.2 (59.5) -> 16.6 (58.5) MB, …`. */
function collect({ worker }: TemporaryTrawl, collections: Map<string, Collection>): void {
  const lines = worker.output().matchAll(/\[\d+:(\w+)\]\s+(\d+) ms: Mark-Compact .*?-> ([\d.]+) \(/g);
  for (const [line, isolate = "", ms, used] of lines) {
    collections.set(line, { isolate, ms: Number(ms), used: Number(used) });
  }
}

function byIsolate(collections: Map<string, Collection>): Collection[][] {
  const isolates = Map.groupBy(collections.values(), ({ isolate }) => isolate);
  return [...isolates.values()].map((each) => each.toSorted((one, other) => one.ms - other.ms));
}

function printResident({ worker }: TemporaryTrawl, startedAt: number): void {
  const seconds = String(Math.round((Date.now() - startedAt) / 1000)).padStart(5);
  console.log(`${seconds} s  workerd uses ${workerdMemory(worker.pid)?.toFixed(0) ?? "?"} MiB`);
}
