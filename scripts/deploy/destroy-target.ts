/** Removes a deployment from its account, step by step. Stopped anywhere, the next run goes on. */
import { type AccountState, bucketHeaders, queuesOf, workerOf } from "./account-state.ts";
import type { Cloudflare } from "./cloudflare-api.ts";
import type { Intent } from "./plan.ts";
import { isOwnBucket, isOwnDatabase, isOwnWorker } from "./plan.ts";

export interface Removal {
  line: string;
  remove: () => Promise<void>;
}

const objectsPerList = 1000;

/** What keeps it from being removed: parts that are not Trawl's. */
export function obstacles({ names }: Intent, state: AccountState, withData: boolean): string[] {
  const found: string[] = [];
  if (state.worker && !isOwnWorker(state)) {
    found.push(`The Worker ${names.worker} was not deployed by npm run deploy: remove it in the dashboard.`);
  }
  for (const [name, queue] of queuesOf(names, state)) {
    const others = [...(queue?.consumers.map(workerOf) ?? []), ...(queue?.producers ?? [])];
    for (const other of new Set(others.filter((worker) => worker !== names.worker))) {
      found.push(`The queue ${name} is used by ${other} too: disconnect it first.`);
    }
  }
  if (withData && !isOwnDatabase(state)) found.push(`The D1 database ${names.database} is not Trawl's.`);
  if (withData && !isOwnBucket(state))
    found.push(`The R2 bucket ${names.bucket} has objects that are not Trawl's.`);
  return found;
}

/** In this order, because Cloudflare refuses to remove what is still used. The database, which shows whose the rest is, is last. */
export function removals(api: Cloudflare, intent: Intent, state: AccountState, withData: boolean): Removal[] {
  const { names, target } = intent;
  const account = `/accounts/${intent.accountId}`;
  const queues = queuesOf(names, state);
  const consumers = queues.flatMap(([name, queue]) =>
    (queue?.consumers ?? []).map(({ consumer_id }) => ({
      line: `Remove the consumer of ${name}`,
      remove: () => api.delete(`${account}/queues/${queue?.id}/consumers/${consumer_id}`),
    })),
  );
  const worker = {
    line: `Delete the Worker ${names.worker}`,
    remove: () => api.delete(`${account}/workers/services/${names.worker}`),
  };
  const queueRemovals = queues.flatMap(([name, queue]) =>
    queue
      ? [{ line: `Delete the queue ${name}`, remove: () => api.delete(`${account}/queues/${queue.id}`) }]
      : [],
  );
  const bucket = {
    line: `Delete the R2 bucket ${names.bucket} with its objects`,
    remove: () => emptyAndDelete(api, `${account}/r2/buckets/${names.bucket}`, bucketHeaders(target)),
  };
  const database = {
    line: `Delete the D1 database ${names.database}`,
    remove: () => api.delete(`${account}/d1/database/${state.database?.id}`),
  };
  return [
    ...consumers,
    ...(state.worker ? [worker] : []),
    ...queueRemovals,
    ...(withData && state.bucket ? [bucket] : []),
    ...(withData && state.database ? [database] : []),
  ];
}

/** A bucket has to be empty to be deleted, and objects are deleted one by one. */
async function emptyAndDelete(
  api: Cloudflare,
  bucket: string,
  headers: Record<string, string>,
): Promise<void> {
  for (;;) {
    const objects = await api.get<{ key: string }[]>(
      `${bucket}/objects`,
      { per_page: objectsPerList },
      headers,
    );
    if (objects.length === 0) break;
    for (const { key } of objects) {
      await api.delete(`${bucket}/objects/${encodeURIComponent(key)}`, headers);
    }
  }
  await api.delete(bucket, headers);
}
