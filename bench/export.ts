/**
 * `npm run bench:export`: how fast a large batch is exported under `wrangler dev`, and whether an export that is cut at any
 * byte and resumed gives the same bytes.
 */
import { createHash } from "node:crypto";
import { parseArguments, wholeNumber } from "../scripts/command-line/arguments.ts";
import { runCommand } from "../scripts/command-line/run-command.ts";
import { startTemporaryTrawl, type TemporaryTrawl } from "../scripts/trawl/temporary-trawl.ts";
import { workerdMemory } from "../scripts/trawl/workerd-memory.ts";
import { largeTextPath } from "../test/site/pages/large.ts";
import { startSite } from "../test/site/server.ts";

const usage = `Usage: npm run bench:export [-- OPTIONS]

Renders a batch and exports it three times, in all formats. The third time, the connection is cut again and again.

Options:
  --pages N   Pages in the batch (default: 1000)
  --kb N      Size of a page's HTML in KB (default: 50)
  --cuts N    How often the third export is cut (default: 20)
  --help      Show this help`;

const renderingLimitMs = 60 * 60_000;
const newline = "\n".charCodeAt(0);

await runCommand("npm run bench:export", usage, async (args) => {
  const text = (fallback: string) => ({ type: "string", default: fallback }) as const;
  const options = { pages: text("1000"), kb: text("50"), cuts: text("20") };
  const { values } = parseArguments({ args, options });
  const pages = wholeNumber("--pages", values.pages, { max: 10_000 });
  const bytes = wholeNumber("--kb", values.kb) * 1000;
  const cuts = wholeNumber("--cuts", values.cuts);

  const site = await startSite();
  const trawl = await startTemporaryTrawl("bench");
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
  try {
    const items = Array.from({ length: pages }, (_, n) => ({
      custom_id: String(n),
      url: site.origin + largeTextPath(n, bytes),
    }));
    const { id } = await trawl.client.createBatch({ items });
    await trawl.client.untilCompleted(id, { limitMs: renderingLimitMs, everyMs: 1000 });
    const first = await exported(trawl, id);
    print(trawl, "Made and exported", first);
    const second = await exported(trawl, id);
    print(trawl, "Exported", second);
    const third = await exported(trawl, id, Math.ceil(first.bytes / (cuts + 1)));
    print(trawl, `Cut ${third.cuts} times`, third);
    const isWhole = [first, second, third].every(
      ({ lines, sha256 }) => lines === pages && sha256 === first.sha256,
    );
    console.log(isWhole ? "Every export is whole, and has the same bytes." : "The exports differ.");
    return isWhole ? 0 : 1;
  } finally {
    await trawl.stop();
    await site.close();
  }
});

interface Exported {
  lines: number;
  bytes: number;
  sha256: string;
  /** Parts that the export came in. */
  parts: number;
  cuts: number;
  ms: number;
}

/** @param cutAfter cuts each connection after so many bytes, and goes on after the last whole line */
async function exported(
  { client }: TemporaryTrawl,
  id: string,
  cutAfter = Number.POSITIVE_INFINITY,
): Promise<Exported> {
  const startedAt = performance.now();
  const hash = createHash("sha256");
  const done = { lines: 0, bytes: 0, parts: 0, cuts: 0 };
  const headers = { Authorization: `Bearer ${client.key}` };
  let next: string | undefined = `${client.origin}/v1/batches/${id}/export`;
  while (next !== undefined) {
    const connection = new AbortController();
    const response: Response = await fetch(next, { headers, signal: connection.signal });
    if (!response.ok || !response.body) throw new Error(`The export answered ${response.status}.`);
    let rest = Buffer.alloc(0);
    let received = 0;
    let lastLine: Buffer | undefined;
    for await (const chunk of response.body) {
      received += chunk.length;
      const data = Buffer.concat([rest, chunk]);
      const end = data.lastIndexOf(newline) + 1;
      rest = data.subarray(end);
      if (end > 0) {
        const lines = data.subarray(0, end);
        hash.update(lines);
        done.bytes += end;
        done.lines += countLines(lines);
        lastLine = lines.subarray(lines.lastIndexOf(newline, end - 2) + 1);
      }
      if (received >= cutAfter && lastLine) break;
    }
    const isCut = received >= cutAfter && lastLine !== undefined;
    if (isCut) {
      connection.abort();
      const url: URL = new URL(next);
      url.searchParams.set("cursor", String(JSON.parse(String(lastLine)).cursor));
      next = url.href;
      done.cuts += 1;
    } else {
      next = /<([^>]+)>/.exec(response.headers.get("Link") ?? "")?.[1];
      done.parts += 1;
    }
  }
  return { ...done, sha256: hash.digest("hex"), ms: performance.now() - startedAt };
}

function countLines(data: Buffer): number {
  let count = 0;
  for (let at = data.indexOf(newline); at !== -1; at = data.indexOf(newline, at + 1)) count += 1;
  return count;
}

function print(trawl: TemporaryTrawl, what: string, { lines, bytes, parts, ms }: Exported): void {
  const [megabytes, seconds] = [bytes / 1e6, ms / 1000];
  const speed = `${Math.round(lines / seconds)} items/s, ${(megabytes / seconds).toFixed(1)} MB/s`;
  const memory = workerdMemory(trawl.worker.pid)?.toFixed(0) ?? "?";
  console.log(
    `${what}: ${lines} items, ${megabytes.toFixed(1)} MB, ${parts} parts, ${seconds.toFixed(1)} s, ${speed}; workerd uses ${memory} MiB`,
  );
}
