/** What an account of the fake has. */
import { randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";

export interface Consumer {
  consumer_id: string;
  script_name: string;
  type: string;
  dead_letter_queue?: string | undefined;
  settings: Record<string, unknown>;
  created_on: string;
}

export interface Queue {
  id: string;
  name: string;
  consumers: Consumer[];
}

export interface Module {
  name: string;
  type: string;
  content: Uint8Array;
}

/** One uploaded binding: `type`, `name`, and fields that depend on the type. */
export interface Binding {
  type: string;
  name: string;
  [field: string]: unknown;
}

export interface Version {
  id: string;
  number: number;
  createdOn: string;
  annotations: Record<string, string>;
  mainModule: string;
  modules: Module[];
  /** Secrets with their text, too. */
  bindings: Binding[];
  compatibilityDate: string;
  compatibilityFlags: string[];
  limits: Record<string, number> | undefined;
}

export interface Deployment {
  id: string;
  createdOn: string;
  versionId: string;
  annotations: Record<string, string>;
}

export interface Script {
  /** Changes when a Worker is deleted and made again. */
  tag: string;
  migrationTag: string | undefined;
  versions: Version[];
  /** Newest first. */
  deployments: Deployment[];
  schedules: string[];
  hasWorkersDev: boolean;
  hasPreviews: boolean;
  settings: Record<string, unknown>;
}

export interface Account {
  id: string;
  name: string;
  plan: "paid" | "free";
  subdomain: string | undefined;
  hasR2: boolean;
  hasQueues: boolean;
  /** Fewer on the free plan. */
  maxDatabases: number;
  databases: Map<string, { name: string; sqlite: DatabaseSync; jurisdiction?: string | undefined }>;
  buckets: Map<string, Map<string, Uint8Array>>;
  /** Of buckets that have one. */
  jurisdictions: Map<string, unknown>;
  queues: Map<string, Queue>;
  scripts: Map<string, Script>;
}

/** Settings of an account that a test wants to be different. */
export type AccountOptions = Partial<
  Pick<Account, "id" | "name" | "plan" | "subdomain" | "hasR2" | "hasQueues" | "maxDatabases">
>;

export function newAccount(options: AccountOptions = {}): Account {
  return {
    id: randomUUID().replaceAll("-", ""),
    name: "An account",
    plan: "paid",
    subdomain: "shop",
    hasR2: true,
    hasQueues: true,
    maxDatabases: 10,
    ...options,
    databases: new Map(),
    buckets: new Map(),
    jurisdictions: new Map(),
    queues: new Map(),
    scripts: new Map(),
  };
}

export function addDatabase(account: Account, name: string, jurisdiction?: string): string {
  const id = randomUUID();
  account.databases.set(id, { name, jurisdiction, sqlite: new DatabaseSync(":memory:") });
  return id;
}

export function addQueue(account: Account, name: string): Queue {
  const queue: Queue = { id: randomUUID().replaceAll("-", ""), name, consumers: [] };
  account.queues.set(queue.id, queue);
  return queue;
}

export function newScript(): Script {
  return {
    tag: randomUUID().replaceAll("-", ""),
    migrationTag: undefined,
    versions: [],
    deployments: [],
    schedules: [],
    hasWorkersDev: false,
    hasPreviews: false,
    settings: {},
  };
}

/** Adds a Worker that somebody else has made. */
export function addScript(account: Account, name: string): void {
  const createdOn = "2026-11-01T00:00:00.000Z";
  const version: Version = {
    id: randomUUID(),
    number: 1,
    createdOn,
    annotations: {},
    mainModule: "index.js",
    modules: [],
    bindings: [],
    compatibilityDate: "2026-01-01",
    compatibilityFlags: [],
    limits: undefined,
  };
  const deployment = { id: randomUUID(), createdOn, versionId: version.id, annotations: {} };
  account.scripts.set(name, { ...newScript(), versions: [version], deployments: [deployment] });
}

/** The version that gets the traffic. */
export function runningVersion(script: Script): Version | undefined {
  const [latest] = script.deployments;
  return script.versions.find(({ id }) => id === latest?.versionId);
}

export function secretNames(script: Script): string[] {
  const bindings = runningVersion(script)?.bindings ?? [];
  return bindings.filter(({ type }) => type === "secret_text").map(({ name }) => name);
}
