/** Reads what a deployment has in its account. The account is the only state: nothing is kept on this machine. */
import { readVersionTag } from "./bundle.ts";
import { type Cloudflare, CloudflareError } from "./cloudflare-api.ts";
import type { Names } from "./configuration.ts";
import { explainCodes } from "./failures.ts";
import type { Target } from "./target.ts";

export interface QueueState {
  id: string;
  consumers: QueueConsumer[];
  /** Workers that send to it. */
  producers: string[];
}

export interface QueueConsumer {
  consumer_id: string;
  type: string;
  /** The Worker's name. */
  script?: string;
  script_name?: string;
  service?: string;
  dead_letter_queue?: string;
  settings?: { batch_size?: number; max_retries?: number; max_wait_time_ms?: number; retry_delay?: number };
}

export interface VersionState {
  id: string;
  /** Undefined if it was not uploaded by `npm run deploy`. */
  tag: string | undefined;
  createdOn: string;
}

export interface WorkerState {
  running: VersionState | undefined;
  /** Newest first. */
  versions: VersionState[];
  secrets: string[];
  crons: string[];
  hasWorkersDev: boolean;
  hasPreviews: boolean;
  /** Plain variables of the running version. */
  vars: Record<string, string>;
}

export interface DatabaseState {
  id: string;
  /** Applied migrations. */
  migrations: string[];
  tables: string[];
  /** Keys that are not revoked. */
  activeKeys: number;
}

export interface AccountState {
  subdomain: string | undefined;
  isSubdomainTaken: boolean;
  database: DatabaseState | undefined;
  bucket: { keys: string[] } | undefined;
  queue: QueueState | undefined;
  deadQueue: QueueState | undefined;
  worker: WorkerState | undefined;
}

/** Codes of "there is none". */
const none = { script: [10007], bucket: [10006], subdomain: [10007] };
const subdomainTaken = 10031;
/** Enough to see whose a bucket is. */
const sampledKeys = 20;

/**
 * Makes all reads at once.
 *
 * @returns the state, and a line for each part that could not be read
 * @throws {CloudflareError} if Cloudflare could not be reached
 */
export async function readAccount(
  api: Cloudflare,
  accountId: string,
  target: Target,
  names: Names,
): Promise<{ state: AccountState; unreadable: string[] }> {
  const account = `/accounts/${accountId}`;
  const unreadable: string[] = [];
  /** A refusal is a line for the person. What is refused counts as missing. */
  async function part<T>(name: string, permission: string, read: () => Promise<T>, missing: T): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof CloudflareError) || error.status === 0 || error.status >= 500) throw error;
      const reason = error.isDenied && error.codes.includes(10000) ? undefined : explainCodes(error.codes);
      unreadable.push(reason ?? `${name}: ${error.message}. The token needs the permission "${permission}".`);
      return missing;
    }
  }
  const [subdomain, isSubdomainTaken, database, bucket, queues, worker] = await Promise.all([
    part("workers.dev", "Workers Scripts: Edit", () => readSubdomain(api, account), undefined),
    target.subdomain ? readTaken(api, account, target.subdomain) : false,
    part("D1", "D1: Edit", () => readDatabase(api, accountId, names.database), undefined),
    part("R2", "Workers R2 Storage: Edit", () => readBucket(api, account, target, names.bucket), undefined),
    part("Queues", "Queues: Edit", () => api.list<QueueAnswer>(`${account}/queues`), []),
    part("Workers", "Workers Scripts: Edit", () => readWorker(api, account, names.worker), undefined),
  ]);
  const state = {
    subdomain,
    isSubdomainTaken,
    database,
    bucket,
    queue: queueState(queues, names.queue),
    deadQueue: queueState(queues, names.deadQueue),
    worker,
  };
  return { state, unreadable: [...new Set(unreadable)] };
}

async function readSubdomain(api: Cloudflare, account: string): Promise<string | undefined> {
  const found = await api.find<{ subdomain: string }>(`${account}/workers/subdomain`, none.subdomain);
  return found?.subdomain;
}

async function readTaken(api: Cloudflare, account: string, subdomain: string): Promise<boolean> {
  try {
    await api.get(`${account}/workers/subdomains/${subdomain}`);
    return false;
  } catch (error) {
    return error instanceof CloudflareError && error.codes.includes(subdomainTaken);
  }
}

async function readDatabase(
  api: Cloudflare,
  accountId: string,
  name: string,
): Promise<DatabaseState | undefined> {
  const found = await api.list<{ uuid: string; name: string }>(`/accounts/${accountId}/d1/database`, {
    name,
  });
  const id = found.find((database) => database.name === name)?.uuid;
  if (!id) return undefined;
  const column = async (sql: string) => (await api.sql(accountId, id, sql)).map(([value]) => String(value));
  const tables = await column(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'",
  );
  const migrations = tables.includes("d1_migrations")
    ? await column("SELECT name FROM d1_migrations ORDER BY id")
    : [];
  const [activeKeys] = tables.includes("api_keys")
    ? await column("SELECT count(*) FROM api_keys WHERE revoked_at IS NULL")
    : ["0"];
  return { id, tables, migrations, activeKeys: Number(activeKeys) };
}

/** Buckets of a jurisdiction are found with this header only. */
export function bucketHeaders({ jurisdiction }: Target): Record<string, string> {
  return jurisdiction ? { "cf-r2-jurisdiction": jurisdiction } : {};
}

async function readBucket(api: Cloudflare, account: string, target: Target, name: string) {
  const headers = bucketHeaders(target);
  const path = `${account}/r2/buckets/${name}`;
  if (!(await api.find(path, none.bucket, headers))) return undefined;
  const objects = await api.get<{ key: string }[]>(`${path}/objects`, { per_page: sampledKeys }, headers);
  return { keys: objects.map(({ key }) => key) };
}

interface QueueAnswer {
  queue_id: string;
  queue_name: string;
  consumers: QueueConsumer[];
  producers: { script?: string; service?: string }[];
}

function queueState(queues: QueueAnswer[], name: string): QueueState | undefined {
  const queue = queues.find(({ queue_name }) => queue_name === name);
  if (!queue) return undefined;
  const { queue_id, consumers = [], producers = [] } = queue;
  return {
    id: queue_id,
    consumers,
    producers: producers.map(({ script, service }) => script ?? service ?? "another"),
  };
}

/** The deployment's queues by name. */
export function queuesOf(
  names: Names,
  { queue, deadQueue }: AccountState,
): [name: string, queue: QueueState | undefined][] {
  return [
    [names.queue, queue],
    [names.deadQueue, deadQueue],
  ];
}

/** The API has had all three names for it. */
export function workerOf({ script, script_name, service }: QueueConsumer): string {
  return script ?? script_name ?? service ?? "an HTTP client";
}

interface VersionAnswer {
  id: string;
  metadata?: { created_on?: string };
  annotations?: { "workers/tag"?: string };
  resources?: { bindings?: { type: string; name: string; text?: string }[] };
}

async function readWorker(api: Cloudflare, account: string, name: string): Promise<WorkerState | undefined> {
  const script = `${account}/workers/scripts/${name}`;
  const service = await api.find(`${account}/workers/services/${name}`, none.script);
  if (!service) return undefined;
  const [{ deployments }, { items }, secrets, { schedules }, subdomain] = await Promise.all([
    api.get<{ deployments: { versions: { version_id: string }[] }[] }>(`${script}/deployments`),
    api.get<{ items: VersionAnswer[] }>(`${script}/versions`, { deployable: "true" }),
    api.get<{ name: string }[]>(`${script}/secrets`),
    api.get<{ schedules: { cron: string }[] }>(`${script}/schedules`),
    api.get<{ enabled: boolean; previews_enabled?: boolean }>(`${script}/subdomain`),
  ]);
  const id = deployments[0]?.versions[0]?.version_id;
  const running = id ? await api.get<VersionAnswer>(`${script}/versions/${id}`) : undefined;
  const bindings = running?.resources?.bindings ?? [];
  return {
    running: running && versionState(running),
    versions: items.map(versionState).sort((a, b) => b.createdOn.localeCompare(a.createdOn)),
    secrets: secrets.map((secret) => secret.name),
    crons: schedules.map(({ cron }) => cron),
    hasWorkersDev: subdomain.enabled,
    hasPreviews: subdomain.previews_enabled ?? false,
    vars: Object.fromEntries(
      bindings.filter(({ type }) => type === "plain_text").map(({ name, text }) => [name, text ?? ""]),
    ),
  };
}

function versionState({ id, metadata, annotations }: VersionAnswer): VersionState {
  const tag = annotations?.["workers/tag"];
  return { id, tag: readVersionTag(tag) && tag, createdOn: metadata?.created_on ?? "" };
}
