/**
 * Kills wrangler dev with all its processes, including Chromium, at random moments: while a batch is accepted, while it is
 * rendered, and while its webhook is delivered. `npm run test:faults -- --kill` does it ten times with 300 pages.
 */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BatchObject, Client } from "../../scripts/trawl/client.ts";
import { startTemporaryTrawl, type TemporaryTrawl } from "../../scripts/trawl/temporary-trawl.ts";
import { type RunningWorker, startWorker } from "../../scripts/trawl/worker.ts";
import { Random } from "../faults/random.ts";
import { type Receiver, startReceiver } from "../receiver/server.ts";
import { type Site, startSite } from "../site/server.ts";

/** Kills while pages are rendered. There is one more while accepting and one while delivering. */
const kills = Number(process.env.KILLS ?? 2);
const pages = Number(process.env.KILL_PAGES ?? 60);
const seed = Number(process.env.KILL_SEED ?? Date.now() % 1_000_000);
const random = new Random(seed);

const vars = {
  ALLOW_PRIVATE_NETWORK: true,
  IDEMPOTENCY_LOCK_MS: 3000,
  // A killed consumer holds pages until their leases expire, which takes 20 s with the defaults.
  ...(kills > 2 ? {} : { RENDER_LEASE_MS: 5000, RENDER_HEARTBEAT_MS: 1000 }),
};

let site: Site;
let receiver: Receiver;
let trawl: TemporaryTrawl;
let worker: RunningWorker;
let client: Client;

beforeAll(async () => {
  [site, receiver] = await Promise.all([startSite(), startReceiver()]);
  trawl = await startTemporaryTrawl("killed", { vars });
  ({ worker, client } = trawl);
});

afterAll(async () => {
  await worker?.kill();
  await trawl?.stop();
  await Promise.all([site?.close(), receiver?.close()]);
});

async function killAndRestart(): Promise<void> {
  await worker.kill();
  worker = await startWorker({ persistTo: trawl.stateFolder, vars });
  client = new Client(worker.origin, client.key);
}

const items = Array.from({ length: pages }, (_, n) => n).map((n) => ({ custom_id: `page-${n}`, n }));

/** Posts the batch with its idempotency key. Returns undefined if there is no response, or the key is still locked. */
async function post(): Promise<BatchObject | undefined> {
  const response = await fetch(`${worker.origin}/v1/batches`, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${client.key}`,
      "Content-Type": "application/json",
      "Idempotency-Key": "the one",
    },
    body: JSON.stringify({
      items: items.map(({ custom_id, n }) => ({ custom_id, url: `${site.origin}/tiny/${n}` })),
      webhook: receiver.url,
    }),
    signal: AbortSignal.timeout(10_000),
  }).catch(() => undefined);
  if (response?.status === 200) return (await response.json()) as BatchObject;
  if (response && response.status !== 409) throw new Error(`POST /v1/batches returned ${response.status}.`);
  await response?.body?.cancel();
  return undefined;
}

const limit = 120_000 + kills * 30_000;

test(`a batch of ${pages} pages survives ${kills + 2} kills (seed ${seed})`, { timeout: limit }, async () => {
  // The receiver hears of the batch, but does not respond before the last kill: however early the batch completes, a
  // delivery is under way then.
  receiver.respondWith(() => "silence");

  // While it is accepted. The response may or may not arrive, and the rows may or may not be written.
  const posted = post().catch(() => undefined);
  await delay(random.between("accepting", 5, 60));
  await killAndRestart();
  await posted;
  const accepted = await untilAnswered();
  expect((await post())?.id).toBe(accepted.id);

  // While it is rendered.
  const finishedAt: number[] = [];
  for (let kill = 0; kill < kills; kill += 1) {
    await delay(random.between("rendering", 200, 2500));
    const { completed_urls, failed_urls } = await client.batch(accepted.id);
    finishedAt.push(completed_urls + failed_urls);
    await killAndRestart();
  }

  // While its webhook is delivered. The receiver gets it, but the Worker is killed before the response.
  const restartedAt = Date.now();
  await receiver.waitFor(() => true, limit);
  const first = await client.batch(accepted.id);
  expect(first.status).toBe("completed");
  console.log(
    `${pages} pages; done at each kill: ${finishedAt.join(", ")}; completed ${Date.now() - restartedAt} ms after the last restart`,
  );
  await worker.kill();
  const unanswered = receiver.calls.length;
  receiver.respondWith(() => ({}));
  await killAndRestart();
  await receiver.waitFor(({ index }) => index >= unanswered, 60_000);

  const batch = await client.batch(accepted.id);
  expect(batch).toEqual(first);
  expect(batch).toMatchObject({ status: "completed", total_urls: pages });
  expect(batch.completed_urls + batch.failed_urls).toBe(pages);
  const listed = await client.items(accepted.id);
  expect(listed.map(({ custom_id }) => custom_id).sort()).toEqual(
    items.map(({ custom_id }) => custom_id).sort(),
  );
  expect(listed.filter(({ status }) => status === "completed")).toHaveLength(batch.completed_urls);
  // A page fails only if a kill hit each of its three attempts.
  const failed = listed.filter(({ status }) => status === "failed");
  const otherwise = failed.filter(({ error, attempts }) => error?.code !== "render_lost" || attempts !== 3);
  expect(otherwise).toEqual([]);
  expect(batch.number_retried).toBe(listed.reduce((sum, item) => sum + (item.attempts ?? 1) - 1, 0));
  const [page] = listed.filter(({ status }) => status === "completed");
  expect((await client.retrieve(page?.retrieve_id ?? "", ["html"])).html_content).toContain("<html");

  const events = receiver.calls.map(({ json }) => json as { id: string });
  expect(new Set(events.map(({ id }) => id)).size).toBe(1);
  const recent = await fetch(`${worker.origin}/v1/batches/recent`, {
    headers: { Authorization: `Bearer ${client.key}` },
  });
  expect(((await recent.json()) as { data: unknown[] }).data).toHaveLength(1);
});

/** Repeats the request until the batch is accepted, like a client. */
async function untilAnswered(): Promise<BatchObject> {
  for (const end = Date.now() + 30_000; Date.now() < end; await delay(250)) {
    const batch = await post();
    if (batch) return batch;
  }
  throw new Error("The batch was not accepted within 30 s.");
}
