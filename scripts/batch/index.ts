/** `npm run batch`: renders a list of URLs, and writes each page to a file when it has finished. */
import { randomUUID } from "node:crypto";
import { relative } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { UsageError } from "../command-line/arguments.ts";
import { runCommand } from "../command-line/run-command.ts";
import { ApiError, Client, type Exported, isTransient, type NewBatch } from "../trawl/client.ts";
import { follow } from "./follow.ts";
import { readInput } from "./input.ts";
import { localKey } from "./local-key.ts";
import { localOrigin, type Options, readOptions, usage } from "./options.ts";
import { count, counted, failureText, Progress } from "./progress.ts";
import { Results, type Work } from "./results.ts";

/** The most items in a batch. */
const ITEMS_PER_BATCH = 10_000;
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
  for (let start = 0; start < items.length; start += ITEMS_PER_BATCH) {
    const part = items.slice(start, start + ITEMS_PER_BATCH);
    const { id } = await create(client, { ...options.request, items: part });
    work.batches.push(id);
    results?.keep();
    console.error(`Created ${id} with ${counted(part.length, "page")}.`);
  }
  return finish(client, work, results, options, signal);
}

async function connect({ url = localOrigin, key }: Pick<Options, "url" | "key">): Promise<Client> {
  if (key !== undefined) return new Client(url, key);
  const isLocal = ["127.0.0.1", "localhost", "[::1]"].includes(new URL(url).hostname);
  if (!isLocal) throw new UsageError(`${url} needs an API key: set TRAWL_KEY, or give --key.`);
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
  const failures = new Map<string, number>(results?.failures);
  const state = { total, done: results?.count ?? 0, failures };
  const progress = new Progress(process.stderr);
  const showing = setInterval(() => progress.show(state), SHOW_MS);
  const onItem = async (id: string, item: Exported) => {
    if (results) results.write(id, item);
    else if (!process.stdout.write(`${JSON.stringify({ batch_id: id, ...item })}\n`)) {
      await new Promise((resolve) => process.stdout.once("drain", resolve));
    }
    state.done += 1;
    if (item.error) failures.set(item.error.code, (failures.get(item.error.code) ?? 0) + 1);
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
  progress.show(state);
  progress.end();
  const where = results ? ` Results are in ${shown(options.out)}.` : "";
  const failed = failures.size > 0 ? `, ${failureText(failures)}` : "";
  const succeeded = total - [...failures.values()].reduce((sum, n) => sum + n, 0);
  console.error(`${count(succeeded)} of ${counted(total, "page")} succeeded${failed}.${where}`);
  return failures.size > 0 ? 1 : 0;
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
