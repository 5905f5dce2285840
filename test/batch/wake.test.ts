/** The sweep for batches whose tracker has gone quiet. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { batchTracker } from "../../src/batch/tracker.ts";
import { wakeQuietBatches } from "../../src/batch/wake.ts";
import { newId } from "../../src/text/id.ts";
import { newCaller } from "../api/caller.ts";
import { claimFrom } from "./exchange.ts";

const MINUTE = 60_000;

/** Batches that have no tracker, by when one last wrote; `createdAt` is the same for one that never did. */
async function quietBatches(lastHeardOf: number[], createdAt?: number): Promise<string[]> {
  const { account } = await newCaller();
  const ids = lastHeardOf.map(() => newId("batch"));
  const rows = ids.map((id, n) => [id, lastHeardOf[n], createdAt ?? (lastHeardOf[n] ?? 0) - MINUTE]);
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO batches (id, account_id, status, created_at, updated_at, total_urls, metadata, event_id,
         credits_per_page, rate_usd)
       SELECT value ->> 0, ?1, 'in_progress', value ->> 2, value ->> 1, 1, '{}', 'event_' || key, 1, 0.001
       FROM json_each(?2)`,
    ).bind(account.id, JSON.stringify(rows)),
    env.DB.prepare(
      `INSERT INTO items (batch_id, idx, custom_id, url, status)
       SELECT value ->> 0, 0, 'one', 'https://shop.example/', 'pending' FROM json_each(?1)`,
    ).bind(JSON.stringify(rows)),
  ]);
  return ids;
}

describe("wakeQuietBatches", () => {
  it("starts a batch that was never started, at the first sweep after the request is over", async () => {
    const now = Date.now() - 60 * MINUTE;
    const [unstarted = ""] = await quietBatches([now], now);
    expect(await wakeQuietBatches(env, now + MINUTE / 4)).toBe(0);
    expect(await wakeQuietBatches(env, now + MINUTE)).toBe(1);
    await expect
      .poll(async () => (await claimFrom(batchTracker(env, unstarted), 1))?.assignments)
      .toMatchObject([{ idx: 0 }]);
  });

  it("wakes a batch whose tracker has been quiet for three minutes, and leaves alone what was heard of lately", async () => {
    const now = Date.now();
    const [quiet = "", recent = ""] = await quietBatches([now - 4 * MINUTE, now - 2 * MINUTE]);
    expect(await wakeQuietBatches(env, now)).toBe(1);
    expect(await claimFrom(batchTracker(env, recent), 1)).toBeNull();
    await expect
      .poll(async () => (await claimFrom(batchTracker(env, quiet), 1))?.assignments)
      .toMatchObject([{ idx: 0 }]);
    expect(await wakeQuietBatches(env, now)).toBe(0);
  });

  it("tries all others before one that did not wake is tried again", async () => {
    const now = Date.now() + 60 * MINUTE;
    await env.DB.prepare("UPDATE batches SET updated_at = ?").bind(now).run();
    const ids = await quietBatches(Array.from({ length: 101 }, (_, n) => now - 10 * MINUTE + n));
    const asked: string[] = [];
    const sleeping = {
      idFromName: (name: string) => name,
      get: (id: string) => ({
        start: async () => {
          asked.push(id);
          throw new Error("Does not wake.");
        },
      }),
    };
    const bindings = { ...env, BATCH_TRACKER: sleeping as never };
    expect(await wakeQuietBatches(bindings, now)).toBe(100);
    expect(await wakeQuietBatches(bindings, now + 1)).toBe(1);
    expect(new Set(asked)).toEqual(new Set(ids));
    expect(await wakeQuietBatches(bindings, now + 4 * MINUTE)).toBe(100);
  });
});
