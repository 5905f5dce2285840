/** The configuration that wrangler deploys a target with: wrangler.toml, with what is the account's own. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { experimental_readRawConfig } from "wrangler";
import { root } from "../setup/environment.mjs";
import { type Profile, profiles } from "./profiles.ts";
import type { Target } from "./target.ts";

/** What the deployment is called in its account. Two names share nothing. */
export interface Names {
  worker: string;
  database: string;
  bucket: string;
  /** Carries tickets. */
  queue: string;
  deadQueue: string;
}

export function namesOf(worker: string): Names {
  return {
    worker,
    database: worker,
    bucket: `${worker}-content`,
    queue: `${worker}-render`,
    deadQueue: `${worker}-render-dead`,
  };
}

export interface Consumer {
  queue: string;
  max_batch_size: number;
  max_batch_timeout: number;
  max_retries: number;
  retry_delay?: number;
  dead_letter_queue?: string;
}

/** The parts that deploying reads. */
export interface WorkerConfiguration {
  name: string;
  compatibility_date: string;
  vars: Record<string, string>;
  secrets: { required: string[] };
  queues: { consumers: Consumer[] };
  triggers: { crons: string[] };
  workers_dev: boolean;
  preview_urls: boolean;
  migrations: { tag: string }[];
  limits?: object;
}

export interface Wanted {
  configuration: WorkerConfiguration;
  /** Of the Durable Objects' storage. Cloudflare does not roll back across a change of it. */
  storageTag: string;
}

/**
 * Everything but where the bundle is and whose account it is, so that the same code with the same settings is the same
 * everywhere.
 *
 * @param databaseId undefined before the database exists
 */
export function wantedConfiguration(
  target: Target,
  profile: Profile,
  databaseId: string | undefined,
): Wanted {
  // wrangler.toml as it is, without wrangler's defaults.
  // biome-ignore lint/suspicious/noExplicitAny: wrangler's type makes optional what the file has
  const local = experimental_readRawConfig({ config: join(root, "wrangler.toml") }).rawConfig as any;
  const names = namesOf(target.name);
  const { vars, hasLimits } = profiles[profile];
  const { limits, main: _source, minify: _minify, ...rest } = local;
  const configuration = {
    ...rest,
    name: names.worker,
    no_bundle: true,
    find_additional_modules: true,
    rules: [...local.rules, { type: "Data", globs: ["**/*.bin"] }],
    vars: { ...local.vars, ...vars, ...target.vars },
    d1_databases: [
      {
        binding: "DB",
        database_name: names.database,
        database_id: databaseId,
        migrations_dir: local.d1_databases[0].migrations_dir,
      },
    ],
    r2_buckets: [
      {
        binding: "CONTENT",
        bucket_name: names.bucket,
        ...(target.jurisdiction && { jurisdiction: target.jurisdiction }),
      },
    ],
    queues: {
      producers: [{ binding: "RENDER_QUEUE", queue: names.queue }],
      consumers: local.queues.consumers.map((consumer: Consumer) => ({
        ...consumer,
        queue: consumer.dead_letter_queue ? names.queue : names.deadQueue,
        ...(consumer.dead_letter_queue && { dead_letter_queue: names.deadQueue }),
      })),
    },
    ratelimits: local.ratelimits.map((limit: { name: string }) => ({
      ...limit,
      namespace_id: namespaceId(`${names.worker} ${limit.name}`),
    })),
    ...(hasLimits ? { limits } : {}),
    ...(target.routes.length > 0 ? { routes: target.routes } : {}),
    workers_dev: target.routes.length === 0,
    preview_urls: false,
  } satisfies WorkerConfiguration;
  return { configuration, storageTag: local.migrations.at(-1).tag };
}

/** A positive number of 31 bits that no other name has, in all likelihood. */
function namespaceId(text: string): string {
  const number = createHash("sha256").update(text).digest().readUInt32BE();
  return String(number >>> 1 || 1);
}

/** Writes wrangler's configuration to the repository's root, where its paths begin. @returns the file */
export function writeConfiguration(
  target: string,
  accountId: string,
  bundle: string,
  { configuration }: Wanted,
): string {
  const file = join(root, `wrangler.deploy.${target}.json`);
  const all = { account_id: accountId, main: join(bundle, "index.js"), ...configuration };
  writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);
  return file;
}
