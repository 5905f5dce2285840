/** What the model takes from wrangler.toml. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { unstable_readConfig } from "wrangler";
import { root } from "../../scripts/setup/environment.mjs";
import type { ConsumerConfig } from "./consumers.ts";

export interface WorkerConfig {
  variables: Record<string, unknown>;
  /** Names of secrets. */
  secrets: string[];
  database: string;
  /** The SQL of each, in order. */
  migrations: string[];
  bucket: string;
  browser: string;
  producers: { binding: string; queue: string }[];
  consumers: ConsumerConfig[];
  /** Of Durable Objects. */
  objects: { name: string; class_name: string }[];
  rateLimits: string[];
  crons: string[];
  /** Processor time of an invocation, in ms. */
  cpuMs: number;
}

/** developers.cloudflare.com/workers/platform/limits */
const DEFAULT_CPU_MS = 30_000;

export function readWorkerConfig(): WorkerConfig {
  const config = unstable_readConfig({ config: join(root, "wrangler.toml") }, { hideWarnings: true });
  const [database] = config.d1_databases;
  const migrations = join(root, database?.migrations_dir ?? "migrations");
  return {
    variables: config.vars,
    secrets: config.secrets?.required ?? [],
    database: database?.binding ?? "DB",
    migrations: readdirSync(migrations)
      .filter((file) => file.endsWith(".sql"))
      .sort()
      .map((file) => readFileSync(join(migrations, file), "utf8")),
    bucket: config.r2_buckets[0]?.binding ?? "CONTENT",
    browser: config.browser?.binding ?? "BROWSER",
    producers: config.queues.producers ?? [],
    consumers: config.queues.consumers ?? [],
    objects: config.durable_objects.bindings,
    rateLimits: config.ratelimits.map(({ name }: { name: string }) => name),
    crons: config.triggers.crons ?? [],
    cpuMs: config.limits?.cpu_ms ?? DEFAULT_CPU_MS,
  };
}
