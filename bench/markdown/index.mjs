/** `npm run bench:markdown`: compares HTML-to-Markdown converters in workerd, and prints the table of README.md. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { parseArguments } from "../../scripts/command-line/arguments.ts";
import { runCommand } from "../../scripts/command-line/run-command.ts";
import { freePort } from "../../scripts/processes/free-port.ts";
import { cases, pageUrl } from "./cases.mjs";
import { pageOfSize } from "./corpus.mjs";
import { meaningOfHtml, meaningOfMarkdown } from "./meaning.mjs";

const usage = `Usage: npm run bench:markdown [-- OPTIONS]

Compares HTML-to-Markdown converters in workerd, and prints the table of bench/markdown/README.md.

Options:
  --only NAME   Measure only converters whose name contains NAME
  --failures    Show the output of each case that a converter gets wrong
  --help        Show this help`;

/** The executable itself. The package's own command starts it as a child process, which would outlive it. */
const workerd = createRequire(import.meta.url)("workerd").default;
const kilobyte = 1000;
const megabyte = 1000 * kilobyte;
/** In MB. A Worker has 128 MB in total, for more than the converter. */
const heapSteps = [24, 32, 48, 64, 80, 96, 128, 160, 192, 256, 320, 384, 512, 768, 1024, 2048];

/** Longer conversions count as failed. */
const maxConversionMs = 15_000;

const here = import.meta.dirname;
const workspace = mkdtempSync(join(tmpdir(), "trawl-markdown-"));
process.on("exit", () => rmSync(workspace, { recursive: true, force: true }));

/** Bundles the converter as for a Worker. */
async function bundle(name, kind, source) {
  const outdir = join(workspace, name, kind);
  mkdirSync(outdir, { recursive: true });
  await build({
    stdin: { contents: source, resolveDir: here, sourcefile: `${kind}.mjs` },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["node:*"],
    loader: { ".wasm": "copy" },
    outfile: join(outdir, "main.mjs"),
    logLevel: "error",
  });
  return outdir;
}

function gzippedBytes(folder) {
  return readdirSync(folder).reduce(
    (sum, file) => sum + gzipSync(readFileSync(join(folder, file)), { level: 9 }).length,
    0,
  );
}

const workerSource = (path) => `
import { wasmBytes } from "./wasm-memory.mjs";
import { convert } from ${JSON.stringify(path)};
export default {
  async fetch(request) {
    const html = await request.text();
    const times = Number(new URL(request.url).searchParams.get("times"));
    let markdown = "";
    for (let i = 0; i < times; i++) markdown = convert(html, ${JSON.stringify(pageUrl)});
    return new Response(markdown, { headers: { "wasm-bytes": String(wasmBytes()) } });
  },
};`;

/** Starts a workerd with at most `heapMegabytes` of JavaScript heap. */
async function startWorker(folder, heapMegabytes) {
  const port = await freePort();
  const modules = readdirSync(folder)
    .filter((file) => /\.(mjs|wasm)$/.test(file))
    .sort((file) => (file === "main.mjs" ? -1 : 1))
    .map((file) => `(name = "${file}", ${file.endsWith(".wasm") ? "wasm" : "esModule"} = embed "${file}")`);
  const flags = heapMegabytes ? `"--max-old-space-size=${heapMegabytes}", "--max-semi-space-size=4"` : "";
  const config = join(folder, "workerd.capnp");
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
     const config :Workerd.Config = (
       services = [(name = "converter", worker = .converter)],
       sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "converter")],
       v8Flags = [${flags}]
     );
     const converter :Workerd.Worker = (
       modules = [${modules.join(", ")}],
       compatibilityDate = "2026-11-01"
       
     );`,
  );
  const child = spawn(workerd, ["serve", config], { stdio: "ignore" });
  const worker = { url: `http://127.0.0.1:${port}/`, stop: () => child.kill("SIGKILL") };
  for (let waits = 0; waits < 100; waits++) {
    if (await fetch(worker.url, { method: "POST", body: "" }).catch(() => null)) return worker;
    await setTimeout(50);
  }
  worker.stop();
  throw new Error(`workerd did not start with ${config}.`);
}

async function convertInWorker(worker, html, times = 1) {
  const startedAt = performance.now();
  const signal = AbortSignal.timeout(maxConversionMs);
  const response = await fetch(`${worker.url}?times=${times}`, { method: "POST", body: html, signal });
  const markdown = await response.text();
  if (!response.ok) throw new Error(markdown.split("\n")[0].slice(0, 200));
  return {
    markdown,
    ms: performance.now() - startedAt,
    wasmBytes: Number(response.headers.get("wasm-bytes")),
  };
}

async function fidelity(worker, name, showFailures) {
  const wrong = [];
  for (const { name: behavior, html, says } of cases) {
    const expected = [says].flat().map(meaningOfHtml);
    let markdown;
    try {
      ({ markdown } = await convertInWorker(worker, html));
    } catch (error) {
      markdown = `threw ${error.message}`;
    }
    const actual = meaningOfMarkdown(markdown);
    if (!expected.includes(actual)) wrong.push({ behavior, markdown, actual, expected: expected[0] });
  }
  if (showFailures) {
    for (const { behavior, ...rest } of wrong) {
      console.error(`${name}: ${behavior}`);
      for (const [key, value] of Object.entries(rest))
        console.error(`  ${key.padEnd(9)}${JSON.stringify(value)}`);
    }
  }
  return { right: cases.length - wrong.length, wrong };
}

/** Time for one conversion in ms, without the round trip. The median of five rounds. */
async function msPerPage(worker, html, times) {
  const rounds = [];
  for (let round = 0; round < 5; round++) {
    const { ms: roundTrip } = await convertInWorker(worker, html, 0);
    const { ms } = await convertInWorker(worker, html, times);
    rounds.push((ms - roundTrip) / times);
  }
  return rounds.sort((one, other) => one - other)[2];
}

/** The smallest of `heapSteps` in which a page of 5 MB converts, plus WebAssembly's memory. In MB. */
async function heapFor(folder) {
  const page = pageOfSize(5 * megabyte);
  let best = Number.POSITIVE_INFINITY;
  let from = 0;
  let to = heapSteps.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    const needed = await heapUsed(folder, page, heapSteps[middle]);
    if (needed === null) {
      from = middle + 1;
    } else {
      best = needed;
      to = middle;
    }
  }
  return best;
}

async function heapUsed(folder, page, heapMegabytes) {
  const worker = await startWorker(folder, heapMegabytes).catch(() => null);
  try {
    if (!worker) return null;
    const { wasmBytes } = await convertInWorker(worker, page);
    return heapMegabytes + Math.ceil(wasmBytes / megabyte);
  } catch {
    // workerd ran out of memory and exited.
    return null;
  } finally {
    worker?.stop();
  }
}

async function measure(path, showFailures) {
  const name = basename(path, ".mjs");
  const gzipped = gzippedBytes(
    await bundle(name, "size", `export { convert } from ${JSON.stringify(path)};`),
  );
  const folder = await bundle(name, "worker", workerSource(path));
  const worker = await startWorker(folder);
  try {
    const { right, wrong } = await fidelity(worker, name, showFailures);
    const page = pageOfSize(100 * kilobyte);
    await convertInWorker(worker, page, 10);
    const per100 = await msPerPage(worker, page, 10);
    const orTooLong = () => Number.POSITIVE_INFINITY;
    const oneMegabyte = await msPerPage(worker, pageOfSize(megabyte), 1).catch(orTooLong);
    const fiveMegabytes = await msPerPage(worker, pageOfSize(5 * megabyte), 1).catch(orTooLong);
    return { name, gzipped, right, wrong, per100, oneMegabyte, fiveMegabytes, heap: await heapFor(folder) };
  } finally {
    worker.stop();
  }
}

function printTable(rows) {
  console.log(
    `| converter | right of ${cases.length} | gzipped | ms per 100 KB | 1 MB | 5 MB | heap for 5 MB |`,
  );
  console.log("| --- | --: | --: | --: | --: | --: | --: |");
  for (const { name, right, gzipped, per100, oneMegabyte, fiveMegabytes, heap } of rows) {
    const cells = [
      name,
      right,
      `${(gzipped / kilobyte).toFixed(0)} KB`,
      per100.toFixed(1),
      `${oneMegabyte.toFixed(0)} ms`,
      `${fiveMegabytes.toFixed(0)} ms`,
      `${heap} MB`,
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
  console.log("\nWrong:");
  for (const { name, wrong } of rows) {
    console.log(`- ${name}: ${wrong.map(({ behavior }) => behavior).join("; ") || "none"}`);
  }
}

await runCommand("npm run bench:markdown", usage, async (args) => {
  const { values } = parseArguments({
    args,
    options: { only: { type: "string", default: "" }, failures: { type: "boolean", default: false } },
  });
  const files = readdirSync(join(here, "candidates")).filter((file) => file.includes(values.only));
  const rows = [];
  for (const file of files) {
    console.error(`Measuring ${basename(file, ".mjs")}...`);
    rows.push(await measure(join(here, "candidates", file), values.failures));
  }
  printTable(rows.sort((one, other) => other.right - one.right));
  return 0;
});
