/** `npm run batch`: renders a list of URLs, and writes each page to a file when it has finished. */
import { randomUUID } from "node:crypto";
import { relative } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { MAX_ITEMS } from "../../src/batch/request.ts";
import { UsageError } from "../command-line/arguments.ts";
import { runCommand } from "../command-line/run-command.ts";
import { ApiError, Client, type Exported, isTransient, type NewBatch } from "../trawl/client.ts";
import { isLocal, localOrigin } from "../trawl/origin.ts";
import { follow } from "./follow.ts";
import { readInput } from "./input.ts";
import { localKey } from "./local-key.ts";
import { type Options, readOptions, usage } from "./options.ts";
import { count, counted, failureText, Progress } from "./progress.ts";
import { Results, type Work } from "./results.ts";
import { Tally } from "./tally.ts";

/** Tries to create a batch. */
const TRIES = 5;
const SHOW_MS = 250;
/** What a shell reports for a command that Ctrl-C has ended. */
const INTERRUPTED = 130;

await runCommand("npm run batch", usage, async (args) => {
  const options = readOptions(args, process.env);
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  // The reader of a pipe may have seen enough.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    stop.abort();
  });
  try {
    return await run(options, stop.signal);
  } catch (error) {
    if (error instanceof ApiError) {
      console.error(error.message);
      for (const { path, message } of error.problem?.errors ?? []) console.error(`  ${path}: ${message}`);
      return 1;
    }
    if (!isTransient(error)) throw error;
    const origin = options.url ?? localOrigin;
    const hint = origin === localOrigin ? ` Start it with "npm run dev", or give --url.` : "";
    console.error(`No Trawl answers at ${origin}.${hint}`);
    return 1;
  }
});

async function run(options: Options, signal: AbortSignal): Promise<number> {
  if (options.source === undefined) {
    const results = Results.open(options.out);
    const client = await connect({ ...options, url: options.url ?? results.work.url });
    return finish(client, results.work, results, options, signal);
  }
  const { items, duplicates } = await readInput(options.source);
  if (duplicates > 0) console.error(`Skipped ${counted(duplicates, "duplicate")}.`);
  const client = await connect(options);
  const work: Work = { url: client.origin, batches: [], formats: options.formats };
  const results = options.toStdout ? null : Results.create(options.out, work);
  for (let start = 0; start < items.length; start += MAX_ITEMS) {
    const part = items.slice(start, start + MAX_ITEMS);
    const { id } = await create(client, { ...options.request, items: part });
    work.batches.push(id);
    results?.keep();
    console.error(`Created ${id} with ${counted(part.length, "page")}.`);
  }
  return finish(client, work, results, options, signal);
}

async function connect({ url = localOrigin, key }: Pick<Options, "url" | "key">): Promise<Client> {
  if (key !== undefined) return new Client(url, key);
  if (!isLocal(url)) throw new UsageError(`${url} needs an API key: set TRAWL_KEY, or give --key.`);
  return new Client(url, await localKey(url));
}

/** Creates a batch once, however often it has to be tried. */
async function create(client: Client, batch: NewBatch): Promise<{ id: string }> {
  const idempotencyKey = randomUUID();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await client.createBatch(batch, idempotencyKey);
    } catch (error) {
      const isInProgress = error instanceof ApiError && error.status === 409;
      if (attempt === TRIES || !(isTransient(error) || isInProgress)) throw error;
      await delay(500 * 2 ** attempt);
    }
  }
}

/** Writes items until all batches have completed. Returns the exit code. */
async function finish(
  client: Client,
  work: Work,
  results: Results | null,
  options: Options,
  signal: AbortSignal,
): Promise<number> {
  const batches = await Promise.all(work.batches.map((id) => client.batch(id)));
  const total = batches.reduce((sum, batch) => sum + batch.total_urls, 0);
  const tally = results?.tally ?? new Tally();
  const progress = new Progress(process.stderr);
  const showing = setInterval(() => progress.show(tally, total), SHOW_MS);
  const onItem = async (id: string, item: Exported) => {
    if (results) results.write(id, item);
    else if (!process.stdout.write(`${JSON.stringify({ batch_id: id, ...item })}\n`)) {
      await new Promise((resolve) => process.stdout.once("drain", resolve));
    }
    tally.add(item);
  };
  // If one cannot be followed any further, neither are the others.
  const failing = new AbortController();
  try {
    await Promise.all(
      work.batches.map((id) =>
        follow(client, id, {
          formats: work.formats,
          cursor: results?.cursorOf(id) ?? 0,
          onItem: (item) => onItem(id, item),
          signal: AbortSignal.any([signal, failing.signal]),
        }),
      ),
    );
  } catch (error) {
    failing.abort();
    if (!signal.aborted) throw error;
    progress.end();
    console.error(howToGoOn(work, results, options));
    return INTERRUPTED;
  } finally {
    clearInterval(showing);
  }
  progress.show(tally, total);
  progress.end();
  const where = results ? ` Results are in ${shown(options.out)}.` : "";
  const failed = tally.failed > 0 ? `, ${failureText(tally)}` : "";
  console.error(`${count(total - tally.failed)} of ${counted(total, "page")} succeeded${failed}.${where}`);
  return tally.failed > 0 ? 1 : 0;
}

function howToGoOn({ batches }: Work, results: Results | null, { out }: Options): string {
  const subject = batches.length === 1 ? "The batch goes on" : "The batches go on";
  if (!results) return `${subject}: ${batches.join(", ")}.`;
  const folder = shown(out);
  return `${subject}. To go on here: npm run batch -- --resume${folder === "results" ? "" : ` --out ${folder}`}`;
}

/** The path as the user would type it. */
function shown(path: string): string {
  return relative(process.env.INIT_CWD ?? process.cwd(), path) || ".";
}
