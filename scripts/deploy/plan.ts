/** Compares what is wanted with what the account has: what stands in the way, and what would change. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../setup/environment.mjs";
import {
  type AccountState,
  type QueueConsumer,
  type QueueState,
  queuesOf,
  workerOf,
} from "./account-state.ts";
import type { Consumer, Names, Wanted } from "./configuration.ts";
import { monthlyUsd } from "./profiles.ts";
import type { Target } from "./target.ts";

export type Change =
  | { kind: "subdomain"; line: string; subdomain: string }
  | { kind: "bucket" | "database"; line: string }
  | { kind: "queue"; line: string; name: string }
  | { kind: "consumer"; line: string; queueId: string; consumerId: string }
  | { kind: "migrations"; line: string; missing: string[] }
  | { kind: "worker"; line: string; missingSecrets: string[] }
  | { kind: "key"; line: string };

export interface Intent {
  accountId: string;
  target: Target;
  names: Names;
  wanted: Wanted;
  /** Of the code and settings that are wanted. */
  tag: string;
  /** Use what exists although Trawl did not make it. */
  adopt: boolean;
}

/** Of the migrations in the repository, in order. */
export function migrationNames(): string[] {
  return readdirSync(join(root, "migrations"))
    .filter((name) => name.endsWith(".sql"))
    .sort();
}

/** In the order in which they are made. Empty if the deployment is as wanted. */
export function changesFor({ target, names, wanted, tag }: Intent, state: AccountState): Change[] {
  const changes: Change[] = [];
  if (!state.subdomain && wanted.configuration.workers_dev && target.subdomain) {
    changes.push({
      kind: "subdomain",
      line: `Register the subdomain ${target.subdomain}.workers.dev`,
      subdomain: target.subdomain,
    });
  }
  if (!state.bucket) changes.push({ kind: "bucket", line: `Create the R2 bucket ${names.bucket}` });
  if (!state.database) changes.push({ kind: "database", line: `Create the D1 database ${names.database}` });
  for (const [name, queue] of queuesOf(names, state)) {
    if (!queue) changes.push({ kind: "queue", line: `Create the queue ${name}`, name });
    for (const consumer of foreignConsumers(queue, names)) {
      changes.push({
        kind: "consumer",
        line: `Remove the consumer ${workerOf(consumer)} of the queue ${name}`,
        queueId: queue?.id ?? "",
        consumerId: consumer.consumer_id,
      });
    }
  }
  const applied = state.database?.migrations ?? [];
  const missing = migrationNames().filter((name) => !applied.includes(name));
  if (missing.length > 0) {
    const line = `Apply ${missing.length} ${missing.length === 1 ? "migration" : "migrations"} to ${names.database}`;
    changes.push({ kind: "migrations", line, missing });
  }
  const missingSecrets = wanted.configuration.secrets.required.filter(
    (name) => !state.worker?.secrets.includes(name),
  );
  const reasons = reasonsToUpload({ names, wanted, tag }, state, missingSecrets);
  if (reasons.length > 0) {
    changes.push({
      kind: "worker",
      line: `Upload the Worker ${names.worker}: ${reasons.join(", ")}`,
      missingSecrets,
    });
  }
  if ((state.database?.activeKeys ?? 0) === 0)
    changes.push({ kind: "key", line: "Create the first API key" });
  return changes;
}

function reasonsToUpload(
  { names, wanted, tag }: Pick<Intent, "names" | "wanted" | "tag">,
  state: AccountState,
  missingSecrets: string[],
): string[] {
  const { worker } = state;
  if (!worker) return ["it does not exist"];
  const { configuration } = wanted;
  const queues = new Map(queuesOf(names, state));
  return [
    worker.running?.tag !== tag && "its code or settings differ",
    missingSecrets.length > 0 && `it lacks ${missingSecrets.join(" and ")}`,
    !isSame([...worker.crons].sort(), [...configuration.triggers.crons].sort()) && "its crons differ",
    worker.hasWorkersDev !== configuration.workers_dev && "its workers.dev address differs",
    worker.hasPreviews !== configuration.preview_urls && "its preview addresses differ",
    ...configuration.queues.consumers.map(
      (consumer) =>
        !hasConsumer(queues.get(consumer.queue), consumer, names) &&
        `its consumer of ${consumer.queue} differs`,
    ),
  ].filter((reason) => typeof reason === "string");
}

function hasConsumer(queue: QueueState | undefined, wanted: Consumer, names: Names): boolean {
  return (queue?.consumers ?? []).some((consumer) => {
    const { dead_letter_queue, settings = {} } = consumer;
    return (
      workerOf(consumer) === names.worker &&
      (dead_letter_queue || undefined) === wanted.dead_letter_queue &&
      settings.batch_size === wanted.max_batch_size &&
      settings.max_retries === wanted.max_retries &&
      settings.max_wait_time_ms === wanted.max_batch_timeout * 1000 &&
      (settings.retry_delay ?? 0) === (wanted.retry_delay ?? 0)
    );
  });
}

function isSame(a: string[], b: string[]): boolean {
  return a.length === b.length && a.every((one, i) => one === b[i]);
}

function foreignConsumers(queue: QueueState | undefined, { worker }: Names): QueueConsumer[] {
  return (queue?.consumers ?? []).filter((consumer) => workerOf(consumer) !== worker);
}

/** One line for each thing that has to be done first, with what to do. */
export function blockersFor(intent: Intent, state: AccountState): string[] {
  const { target, wanted } = intent;
  const blockers: string[] = intent.adopt ? [] : foreignParts(intent.names, state);
  if (wanted.configuration.workers_dev && !state.subdomain) {
    if (!target.subdomain) {
      blockers.push("The account has no workers.dev subdomain: choose one with --subdomain NAME. [10063]");
    } else if (state.isSubdomainTaken) {
      blockers.push(`The subdomain ${target.subdomain}.workers.dev is taken: choose another. [10031]`);
    }
  }
  if (!wanted.configuration.workers_dev && !target.url) {
    blockers.push("The target has routes but no url: add the address at which Trawl is reached.");
  }
  return blockers;
}

/** Whether the Worker was deployed by `npm run deploy`. */
export function isOwnWorker({ worker }: AccountState): boolean {
  return Boolean(worker?.running?.tag || worker?.versions.some(({ tag }) => tag));
}

/**
 * Whether the database is Trawl's, or has nothing in it: a first run may have ended before the migrations. The same holds for
 * the bucket below.
 */
export function isOwnDatabase({ database }: AccountState): boolean {
  if (!database) return true;
  const { tables, migrations } = database;
  const isEmpty = tables.every((name) => name === "d1_migrations") && migrations.length === 0;
  return isEmpty || (migrations.includes(migrationNames()[0] ?? "") && tables.includes("api_keys"));
}

/** All of Trawl's content is below one prefix: see src/content/stored-parts.ts. */
export function isOwnBucket({ bucket }: AccountState): boolean {
  return (bucket?.keys ?? []).every((key) => key.startsWith("content/"));
}

function foreignParts(names: Names, state: AccountState): string[] {
  const advice = "choose another --name, or use it with --adopt";
  const foreign: string[] = [];
  if (state.worker && !isOwnWorker(state)) {
    foreign.push(`The Worker ${names.worker} exists and was not deployed by this command: ${advice}.`);
  }
  if (!isOwnWorker(state) && !isOwnDatabase(state)) {
    foreign.push(`The D1 database ${names.database} exists and has tables of something else: ${advice}.`);
  }
  if (!isOwnWorker(state) && !isOwnBucket(state)) {
    foreign.push(`The R2 bucket ${names.bucket} exists and has objects of something else: ${advice}.`);
  }
  for (const [name, queue] of queuesOf(names, state)) {
    for (const consumer of foreignConsumers(queue, names)) {
      foreign.push(`The queue ${name} has the consumer ${workerOf(consumer)}: ${advice}.`);
    }
  }
  return foreign;
}

const defaultBrowsers = 10;

/** What more browsers than before may cost a month. Undefined if that is nothing. */
export function newCost({ wanted }: Intent, { worker }: AccountState): string | undefined {
  const before = worker ? browsersIn(worker.vars) : 0;
  const after = browsersIn(wanted.configuration.vars);
  const usd = monthlyUsd(after);
  if (usd === 0 || after <= before) return undefined;
  return `MAX_BROWSERS = ${after}: up to $${usd} a month, beyond browser time, if as many run at once each day.`;
}

function browsersIn(vars: Record<string, string>): number {
  return Number(vars.MAX_BROWSERS ?? defaultBrowsers);
}
