/** The Worker with all its bindings, on a model of the platform. Only one in a process. */
import { browserPlans, SimulatedBrowserRun } from "./browser-run.ts";
import { Clock } from "./clock.ts";
import { env as deployment } from "./cloudflare-workers.ts";
import { type ConsumerConfig, Consumers } from "./consumers.ts";
import { SimulatedD1 } from "./d1.ts";
import { Database } from "./database.ts";
import { SimulatedNamespace } from "./durable-namespace.ts";
import { installClock, installNumbers } from "./install-clock.ts";
import { internet } from "./internet.ts";
import { Meter } from "./meter.ts";
import { Numbers } from "./numbers.ts";
import type { SimulationOptions } from "./options.ts";
import { Pages, pageTimes, setWeb } from "./pages.ts";
import { Platform } from "./platform.ts";
import { SimulatedQueue } from "./queue.ts";
import { SimulatedR2 } from "./r2.ts";
import { readWorkerConfig, type WorkerConfig } from "./worker-config.ts";

/** Two hours before a UTC day ends: enough for most runs, and a run that waits for the next day need not wait long. */
const STARTS_AT = Date.parse("2026-11-02T22:00:00Z");

/** What the Worker exports, whatever it makes of what it is given. */
type Worker = Record<string, new (ctx: unknown, env: unknown) => object> & { default: Handlers };

interface Handlers {
  fetch(request: Request, env: object, ctx: object): Response | Promise<Response>;
  queue(batch: object, env: object, ctx: object): Promise<void>;
  scheduled(controller: object, env: object, ctx: object): Promise<void>;
}

export interface World {
  platform: Platform;
  pages: Pages;
  db: Database;
  env: Record<string, unknown>;
  config: WorkerConfig;
  worker: Handlers;
  queues: ReadonlyMap<string, SimulatedQueue>;
  /** Of each queue, in the order of wrangler.toml. */
  consumers: Consumers[];
  browserRun: SimulatedBrowserRun;
}

/** Replaces the clock and the random numbers of this process. Needs module-hooks.ts. */
export async function createWorld(options: SimulationOptions): Promise<World> {
  const config = readWorkerConfig();
  const platform = new Platform(new Clock(STARTS_AT), new Numbers(options.seed), new Meter());
  const pages = new Pages(options.seed, pageTimes(options.pagesTake), options);
  setWeb(pages);
  const db = new Database();
  for (const migration of config.migrations) db.execute(migration);
  const queues = createQueues(platform, config);
  const browserRun = new SimulatedBrowserRun(platform, pages, {
    ...options,
    limits: browserLimits(options),
    roundTripMs: options.browserMs,
  });
  const env = deployment;
  Object.assign(env, config.variables, options.variables, secretsOf(config), {
    [config.database]: new SimulatedD1(platform, db),
    [config.bucket]: new SimulatedR2(platform),
    [config.browser]: browserRun.binding,
  });
  for (const { binding, queue } of config.producers) env[binding] = queues.get(queue)?.producer;
  for (const name of config.rateLimits) env[name] = { limit: async () => ({ success: true }) };

  globalThis.fetch = internet(platform);
  installClock(platform.clock);
  installNumbers(new Numbers(options.seed + 1));
  const worker = (await import("../../src/index.ts")) as unknown as Worker;
  for (const { name, class_name } of config.objects) {
    const Class = worker[class_name];
    if (!Class) throw new Error(`The Worker exports no class ${class_name}.`);
    const construct = (ctx: unknown) => new Class(ctx, env);
    env[name] = new SimulatedNamespace(platform, { name: class_name, construct });
  }
  const consumers = config.consumers.map((consumer) =>
    createConsumers(platform, consumer, options, config, queues, worker.default, env),
  );
  return { platform, pages, db, env, config, worker: worker.default, queues, consumers, browserRun };
}

function createQueues(
  platform: Platform,
  { producers, consumers }: WorkerConfig,
): Map<string, SimulatedQueue> {
  const names = new Set([...producers, ...consumers].map(({ queue }) => queue));
  return new Map(Array.from(names, (name) => [name, new SimulatedQueue(platform, name)]));
}

function createConsumers(
  platform: Platform,
  consumer: ConsumerConfig,
  options: SimulationOptions,
  { cpuMs }: WorkerConfig,
  queues: ReadonlyMap<string, SimulatedQueue>,
  worker: Handlers,
  env: object,
): Consumers {
  const { autoscaler, kills, pageBytes } = options;
  const rules = { autoscaler, limit: options.consumers, kills, pageBytes, cpuLimitMs: cpuMs };
  return new Consumers(platform, consumer, rules, queues, async (batch, ctx) => {
    await worker.queue(batch, env, ctx);
  });
}

function browserLimits({ plan, launchesPerSecond }: SimulationOptions) {
  const limits = browserPlans[plan];
  return launchesPerSecond === undefined
    ? limits
    : { ...limits, launches: launchesPerSecond, launchPeriodMs: 1000 };
}

/** Long enough for any rule. */
function secretsOf({ secrets }: WorkerConfig): Record<string, string> {
  return Object.fromEntries(secrets.map((name) => [name, `the simulation's ${name}`.padEnd(48, ".")]));
}
