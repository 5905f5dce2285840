/** Runs a simulation: sends the batches, as clients do, and lets time pass until all have completed. */
import { DailyUse } from "./daily-use.ts";
import { invoke } from "./invocation.ts";
import { WorkerLog } from "./log.ts";
import type { SimulationOptions } from "./options.ts";
import { type Moment, Timeline } from "./timeline.ts";
import { type BatchTotals, type Totals, totalsOf } from "./totals.ts";
import { batchSizes } from "./workload.ts";
import { createWorld, type World } from "./world.ts";

/** How long the Worker has to close its browsers after the last batch, in ms. */
const CLOSING_MS = 10 * 60_000;
const MINUTE_MS = 60_000;

export interface Simulated {
  totals: Totals;
  timeline: Moment[];
}

/** A batch that was accepted. */
interface SentBatch {
  account: string;
  pages: number;
  /** Epoch ms. */
  sentAt: number;
  id: string;
}

/**
 * Can be called once in a process, whose clock it replaces. Needs module-hooks.ts.
 *
 * @param show gets each line of the Worker's log
 * @throws Error if a batch is refused
 */
export async function simulate(
  options: SimulationOptions,
  show?: (line: string) => void,
): Promise<Simulated> {
  const world = await createWorld(options);
  const { clock } = world.platform;
  const log = new WorkerLog(show);
  const restoreConsole = log.install();
  process.on("unhandledRejection", (thrown) => console.error(`Unhandled rejection: ${String(thrown)}`));
  // Puppeteer makes an error for each command, in case it fails. Their stacks take long and are of no use.
  Error.stackTraceLimit = 0;
  const timeline = new Timeline(world);
  const dailyUse = new DailyUse(world);
  const startedAt = clock.now;
  const batches: SentBatch[] = [];
  let failure: unknown;
  sendBatches(world, options, batches).catch((thrown) => {
    failure = thrown;
    clock.stop();
  });
  runCrons(world);
  const expected = options.work.reduce((sum, work) => sum + work.batches, 0);
  everySecond(world, () => {
    timeline.secondPassed();
    dailyUse.secondPassed();
    const over = completedAt(world, expected);
    if (over !== null && hasClosed(world, over)) clock.stop();
    if (clock.now - startedAt > options.maxSeconds * 1000) clock.stop();
  });
  try {
    await clock.run();
  } finally {
    restoreConsole();
  }
  if (failure) throw failure;
  const totals = totalsOf(world, options, {
    days: dailyUse.days,
    batches: batches.map((batch) => outcomeOf(world, batch, startedAt)),
    log: log.events,
  });
  return { totals, timeline: timeline.moments };
}

async function sendBatches(world: World, options: SimulationOptions, sent: SentBatch[]): Promise<void> {
  const { issueKey } = await import("../../src/account/issue-key.ts");
  const { database } = await import("../../src/db/client.ts");
  const { platform, env, config } = world;
  const keys = new Map<string, string>();
  for (const { account } of options.work) {
    if (keys.has(account)) continue;
    const issued = await invoke(platform, "issuing a key", () => {
      return issueKey(database(env[config.database] as D1Database), account);
    });
    keys.set(account, issued.key);
  }
  let batch = 0;
  const startedAt = platform.clock.now;
  await Promise.all(
    options.work.flatMap((work) =>
      batchSizes(work).map(async (pages) => {
        const number = batch++;
        const urls = Array.from({ length: pages }, (_, n) => world.pages.urlOf(number, n));
        await platform.pass(startedAt + work.startsAt * 1000 - platform.clock.now);
        const sentAt = platform.clock.now;
        const id = await sendBatch(world, keys.get(work.account) ?? "", urls, options.country);
        sent[number] = { account: work.account, pages, sentAt, id };
      }),
    ),
  );
}

/** @returns the id. @throws Error if it is refused */
async function sendBatch(world: World, key: string, urls: string[], country?: string): Promise<string> {
  const items = urls.map((url, n) => ({ custom_id: String(n), url }));
  const request = new Request("https://trawl.example.com/v1/batches", {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: JSON.stringify({ items, country }),
  });
  return await invoke(world.platform, "request", async (ctx) => {
    const answer = await world.worker.fetch(request, world.env, ctx);
    const body = (await answer.json()) as { id: string; detail?: string };
    if (answer.status !== 200) throw new Error(`The batch was refused: ${answer.status} ${body.detail}`);
    return body.id;
  });
}

/** Crons run each minute or, with a minute of their own, each hour. */
function runCrons(world: World): void {
  const { clock } = world.platform;
  const run = () => {
    for (const cron of world.config.crons) {
      const [minute] = cron.split(" ");
      if (minute !== "*" && Number(minute) !== new Date(clock.now).getUTCMinutes()) continue;
      invoke(world.platform, `cron ${cron}`, async (ctx) => {
        const controller = { cron, scheduledTime: clock.now, noRetry: () => {} };
        await world.worker.scheduled(controller, world.env, ctx);
      }).catch((thrown) => console.error(`The cron ${cron} failed: ${String(thrown)}`));
    }
    clock.after(MINUTE_MS, run);
  };
  clock.at(Math.ceil((clock.now + 1) / MINUTE_MS) * MINUTE_MS, run);
}

function everySecond({ platform }: World, look: () => void): void {
  const again = () => {
    look();
    platform.clock.after(1000, again);
  };
  platform.clock.after(1000, again);
}

/** When the last of so many batches was completed, epoch ms; null if one has not been. */
function completedAt({ db }: World, batches: number): number | null {
  const { rows } = db.execute("SELECT COUNT(completed_at) AS n, MAX(completed_at) AS at FROM batches");
  return rows[0]?.n === batches ? Number(rows[0]?.at) : null;
}

/** Whether nothing is left of the work, or it has had enough time to go. */
function hasClosed({ browserRun, queues, platform }: World, since: number): boolean {
  if (platform.clock.now - since > CLOSING_MS) return true;
  return browserRun.running === 0 && [...queues.values()].every(({ waiting }) => waiting === 0);
}

function outcomeOf({ db }: World, { id, account, pages, sentAt }: SentBatch, startedAt: number): BatchTotals {
  const { rows } = db.execute("SELECT completed_at, completed_urls, failed_urls FROM batches WHERE id = ?", [
    id,
  ]);
  const row = rows[0] ?? {};
  const seconds = row.completed_at === null ? null : (Number(row.completed_at) - sentAt) / 1000;
  return {
    account,
    pages,
    startedAt: Math.round(sentAt - startedAt) / 1000,
    seconds: seconds === null ? null : Number(seconds.toFixed(3)),
    completed: Number(row.completed_urls),
    failed: Number(row.failed_urls),
  };
}
