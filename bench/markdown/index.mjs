/**
 * Compares converters from HTML to Markdown inside workerd, and prints the table of README.md.
 *
 *   npm run bench:markdown [-- --only NAME] [-- --failures]
 *
 * `--only` takes the candidates whose name contains NAME; `--failures` shows what each wrong case read back as.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { cases, pageUrl } from "./cases.mjs";
import { pageOfSize } from "./corpus.mjs";
import { meaningOfHtml, meaningOfMarkdown } from "./meaning.mjs";

/** The program itself: the package's own command starts it as a child, which would outlive being stopped. */
const workerd = createRequire(import.meta.url)("workerd").default;
const kilobyte = 1000;
const megabyte = 1000 * kilobyte;
/** A Worker has 128 MB in all; what it needs besides the converter is not measured here. */
const heapSteps = [24, 32, 48, 64, 80, 96, 128, 160, 192, 256, 320, 384, 512, 768, 1024, 2048];

/** What takes longer counts as having failed. */
const maxConversionMs = 15_000;

const { values: options } = parseArgs({
  options: { only: { type: "string", default: "" }, failures: { type: "boolean", default: false } },
});
const here = import.meta.dirname;
const workspace = mkdtempSync(join(tmpdir(), "trawl-markdown-"));

/** The converter alone as a Worker would carry it: what it adds to the bundle. */
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

/** A workerd of its own with at most `heapMegabytes` of JavaScript heap. */
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

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
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

async function fidelity(worker, name) {
  const wrong = [];
  for (const { name: behaviour, html, says } of cases) {
    const expected = [says].flat().map(meaningOfHtml);
    let markdown;
    try {
      ({ markdown } = await convertInWorker(worker, html));
    } catch (error) {
      markdown = `threw ${error.message}`;
    }
    const actual = meaningOfMarkdown(markdown);
    if (!expected.includes(actual)) wrong.push({ behaviour, markdown, actual, expected: expected[0] });
  }
  if (options.failures) {
    for (const { behaviour, ...rest } of wrong) {
      console.error(`${name}: ${behaviour}`);
      for (const [key, value] of Object.entries(rest))
        console.error(`  ${key.padEnd(9)}${JSON.stringify(value)}`);
    }
  }
  return { right: cases.length - wrong.length, wrong };
}

/** Milliseconds for one conversion: the median of five rounds, without what the round trip costs. */
async function msPerPage(worker, html, times) {
  const rounds = [];
  for (let round = 0; round < 5; round++) {
    const { ms: roundTrip } = await convertInWorker(worker, html, 0);
    const { ms } = await convertInWorker(worker, html, times);
    rounds.push((ms - roundTrip) / times);
  }
  return rounds.sort((one, other) => one - other)[2];
}

/** The smallest of `heapSteps` in which a page of 5 MB converts, in MB, WebAssembly's memory added. */
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
    // Out of memory: workerd is gone.
    return null;
  } finally {
    worker?.stop();
  }
}

async function measure(path) {
  const name = basename(path, ".mjs");
  const gzipped = gzippedBytes(
    await bundle(name, "size", `export { convert } from ${JSON.stringify(path)};`),
  );
  const folder = await bundle(name, "worker", workerSource(path));
  const worker = await startWorker(folder);
  try {
    const { right, wrong } = await fidelity(worker, name);
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

const rows = [];
try {
  const paths = readdirSync(join(here, "candidates")).map((file) => join(here, "candidates", file));
  for (const path of paths.filter((path) => basename(path).includes(options.only))) {
    console.error(`measuring ${basename(path, ".mjs")} …`);
    rows.push(await measure(path));
  }
} finally {
  rmSync(workspace, { recursive: true, force: true });
}

rows.sort((one, other) => other.right - one.right);
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
for (const { name, wrong } of rows)
  console.log(`- ${name}: ${wrong.map(({ behaviour }) => behaviour).join("; ") || "none"}`);
