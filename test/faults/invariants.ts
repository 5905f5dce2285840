/** The invariants of a completed batch: see docs/architecture.md. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import type { Account } from "../../src/db/accounts.ts";
import worker from "../../src/index.ts";
import type { Env } from "../../src/settings.ts";
import { callsOf } from "./hook-calls.ts";
import type { World } from "./world.ts";

export interface Outcome {
  world: World;
  /** Bindings without faults. */
  env: Env;
  key: string;
  account: Account;
  batchId: string;
  /** The webhook's name at the receiver. */
  hook: string;
}

interface Item {
  custom_id: string;
  url: string;
  status: string;
  retrieve_id: string | null;
  attempts: number;
  error?: { code: string };
}

/** Returns what the API and the receiver know of the batch. @throws if an invariant does not hold */
export async function checkInvariants(outcome: Outcome): Promise<unknown> {
  const { world, account, batchId, hook } = outcome;
  const get = async (path: string) => {
    const ctx = createExecutionContext();
    const headers = { Authorization: `Bearer ${outcome.key}` };
    const request = new Request(new URL(path, "https://trawl.test"), { headers });
    const answer = await worker.fetch(request as never, outcome.env, ctx);
    await waitOnExecutionContext(ctx);
    expect(answer.status, path).toBe(200);
    // biome-ignore lint/suspicious/noExplicitAny: what is in it is what is being checked
    return (await answer.json()) as any;
  };

  const batch = await get(`/v1/batches/${batchId}`);
  expect(batch).toMatchObject({ status: "completed", total_urls: world.urls.length });
  expect(batch.completed_urls + batch.failed_urls).toBe(batch.total_urls);

  const items: Item[] = [];
  for (let cursor: number | undefined = 0; cursor !== undefined; ) {
    const page = await get(`/v1/batches/${batchId}/items?limit=7${cursor ? `&cursor=${cursor}` : ""}`);
    items.push(...page.items);
    cursor = page.cursor;
  }
  expect(items.map(({ url }) => url).sort()).toEqual([...world.urls].sort());
  const completed = items.filter(({ status }) => status === "completed");
  expect(completed.length).toBe(batch.completed_urls);
  const retried = items.reduce((sum, { attempts }) => sum + Math.max(0, attempts - 1), 0);
  expect(batch.number_retried, "number_retried").toBe(retried);
  for (const item of items) {
    expect(item.attempts, `attempts of ${item.url}`).toBeLessThanOrEqual(3);
    if (item.status === "failed") expect(item.error?.code, `error of ${item.url}`).toBeTruthy();
  }
  for (const item of completed) {
    const page = await get(`/v1/retrieve?retrieve_id=${item.retrieve_id}&formats=html`);
    expect(page.html_content, `content of ${item.url}`).toContain(item.url);
  }

  const seqs = await env.DB.prepare("SELECT seq FROM items WHERE batch_id = ? ORDER BY seq")
    .bind(batchId)
    .all();
  expect(seqs.results.map(({ seq }) => seq)).toEqual(world.urls.map((_, n) => n + 1));

  const credits = await env.DB.prepare("SELECT credits_used, credits_reserved FROM accounts WHERE id = ?")
    .bind(account.id)
    .first();
  expect(credits).toEqual({ credits_used: batch.completed_urls, credits_reserved: 0 });
  expect(batch.credits_consumed).toBe(batch.completed_urls);

  const { n } = (await env.DB.prepare("SELECT COUNT(*) AS n FROM batches WHERE account_id = ?")
    .bind(account.id)
    .first<{ n: number }>()) ?? { n: 0 };
  expect(n, "batches made").toBe(1);

  const calls = await callsOf(hook);
  expect(new Set(calls.map(({ id }) => id)).size, "event ids").toBe(1);
  expect(new Set(calls.map(({ data }) => JSON.stringify(data))).size, "event bodies").toBe(1);
  for (const { data } of calls) {
    expect(data).toMatchObject({
      id: batchId,
      status: "completed",
      items_total: batch.total_urls,
      items_completed: batch.completed_urls,
      items_failed: batch.failed_urls,
      credits_consumed: batch.completed_urls,
    });
  }
  return { batch, items, calls };
}
