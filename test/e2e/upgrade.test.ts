/**
 * The previous version's deployment is upgraded while it renders a batch, rolled back while it renders two, and upgraded
 * again. Each time, all processes are killed, which is harsher than a deploy. The versions share one state: D1, R2, the
 * queue and the Durable Objects' storage. `npm run test:faults -- --upgrade` runs it: it takes a minute and a half.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root, toolEnvironment } from "../../scripts/setup/environment.mjs";
import { type BatchObject, Client } from "../../scripts/trawl/client.ts";
import { withDatabase } from "../../scripts/trawl/database.ts";
import { type RunningWorker, startWorker } from "../../scripts/trawl/worker.ts";
import { issueKey } from "../../src/account/issue-key.ts";
import { type Receiver, startReceiver } from "../receiver/server.ts";
import { type Site, startSite } from "../site/server.ts";
import { unpackPreviousVersion } from "../upgrade/previous-version.ts";

const isWanted = process.env.UPGRADE === "1";

/** So many that no version finishes them before it is killed. */
const pages = 50;
/** How many pages each version renders at least before it is killed. */
const share = 3;
const limitMs = 120_000;

const vars = {
  ALLOW_PRIVATE_NETWORK: true,
  MAX_BROWSERS: 1,
  TABS_PER_LEASE: 1,
  // A killed consumer holds pages until their leases expire.
  RENDER_LEASE_MS: 3000,
  RENDER_HEARTBEAT_MS: 1000,
};

const folder = mkdtempSync(join(tmpdir(), "trawl-upgrade-"));
const state = join(folder, "state");
let previousConfig: string;
let site: Site;
let receiver: Receiver;
let worker: RunningWorker | undefined;
let key: string;

beforeAll(async () => {
  if (!isWanted) return;
  previousConfig = unpackPreviousVersion(join(folder, "previous"));
  [site, receiver] = await Promise.all([startSite(), startReceiver()]);
  const migrate = ["d1", "migrations", "apply", "DB", "--local", "--config", previousConfig];
  const { status, stderr } = spawnSync("wrangler", [...migrate, "--persist-to", state], {
    cwd: root,
    env: { ...toolEnvironment(), CI: "true" },
    encoding: "utf8",
  });
  expect({ status, stderr }).toMatchObject({ status: 0 });
  ({ key } = await withDatabase({ remote: false, persistTo: state }, (db) => issueKey(db, "upgraded")));
});

afterAll(async () => {
  await worker?.kill();
  await Promise.all([site?.close(), receiver?.close()]);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
});

/** Ends the version that runs, and starts the other one on the same state. Only the new one migrates the database. */
async function deploy(version: "previous" | "new"): Promise<Client> {
  await worker?.kill();
  const flags = ["--config", previousConfig, "--persist-to", state];
  worker = await startWorker(version === "new" ? { vars, persistTo: state } : { vars, flags });
  return new Client(worker.origin, key);
}

const create = (client: Client, name: string): Promise<BatchObject> =>
  client.createBatch({
    items: Array.from({ length: pages }, (_, n) => ({
      custom_id: `${name}-${n}`,
      url: `${site.origin}/tiny/${n}`,
    })),
    webhook: receiver.url,
  });

const doneOf = ({ completed_urls, failed_urls }: BatchObject) => completed_urls + failed_urls;

/** Waits until the version has rendered its share of the batch, which is not all that is left. */
async function rendersSome(client: Client, id: string): Promise<void> {
  const before = doneOf(await client.batch(id));
  for (const end = Date.now() + limitMs; Date.now() < end; await delay(50)) {
    const batch = await client.batch(id);
    if (doneOf(batch) < before + share) continue;
    expect(batch.status).toBe("in_progress");
    return;
  }
  throw new Error(`${share} pages of ${id} were not rendered within ${limitMs} ms.`);
}

test.runIf(isWanted)(
  "running batches survive an upgrade from the previous version and a rollback to it",
  {
    timeout: 4 * limitMs,
  },
  async () => {
    let client = await deploy("previous");
    const first = await create(client, "first");
    await rendersSome(client, first.id);

    client = await deploy("new");
    const second = await create(client, "second");
    await rendersSome(client, first.id);
    await rendersSome(client, second.id);

    // What the new version has stored, the previous one finishes.
    client = await deploy("previous");
    for (const { id } of [first, second]) await client.untilCompleted(id, { limitMs });

    client = await deploy("new");
    for (const [name, { id }] of Object.entries({ first, second })) {
      expect(await client.batch(id)).toMatchObject({
        status: "completed",
        completed_urls: pages,
        failed_urls: 0,
      });
      const listed = await client.items(id);
      expect(listed.map(({ custom_id }) => custom_id).sort()).toEqual(
        Array.from({ length: pages }, (_, n) => `${name}-${n}`).sort(),
      );
      for (const item of [listed[0], listed.at(-1)]) {
        const { html_content } = await client.retrieve(item?.retrieve_id ?? "", ["html"]);
        expect(html_content).toContain("Tiny page");
      }
    }
    await receiver.waitFor(({ index }) => index >= 1, limitMs);
    const events = receiver.calls.map(({ json }) => (json as { id: string }).id);
    expect(new Set(events).size).toBe(2);
  },
);
