/** Finishes a batch's items as a consumer does: writes pages to R2, then reports to the tracker. */
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { batchTracker } from "../../src/batch/tracker.ts";
import { type ContentPart, contentKey, putPart } from "../../src/content/stored-parts.ts";
import { findBatch } from "../../src/db/batches.ts";
import { database } from "../../src/db/client.ts";
import type { FailureCode } from "../../src/protocol/failure-codes.ts";
import type { Outcome, Report } from "../../src/protocol/report.ts";
import type { WarningCode } from "../../src/protocol/warning-codes.ts";
import { claimFrom, reportTo } from "../batch/exchange.ts";

/** How an item ends: with content in these parts, or with a failure. */
export type Ending =
  | { parts: Partial<Record<ContentPart, string>>; warnings?: WarningCode[] }
  | { code: FailureCode; message: string };

/** Finishes the items at the given indexes, in order, and waits until D1 shows them. */
export async function finish(
  accountId: string,
  batchId: string,
  endings: Record<number, Ending>,
  order: number[] = Object.keys(endings).map(Number),
): Promise<void> {
  const reports: Report[] = [];
  for (const idx of order) {
    const ending = endings[idx];
    if (!ending) continue;
    reports.push({ idx, rendering: 1, outcome: await outcomeOf(accountId, batchId, idx, ending) });
  }
  const tracker = batchTracker(env, batchId);
  const before = await finishedCount(accountId, batchId);
  await vi.waitFor(
    async () => {
      await claimFrom(tracker, 10_000);
      await reportTo(tracker, reports);
      const finished = await finishedCount(accountId, batchId);
      if (finished < before + reports.length) throw new Error(`${finished} items have finished.`);
    },
    { timeout: 30_000, interval: 50 },
  );
}

/** Waits until the batch has completed. */
export async function completed(accountId: string, batchId: string): Promise<void> {
  await vi.waitFor(
    async () => {
      const batch = await findBatch(database(env.DB), accountId, batchId);
      if (batch?.status !== "completed") throw new Error("The batch has not completed.");
    },
    { timeout: 30_000, interval: 50 },
  );
}

async function outcomeOf(accountId: string, batchId: string, idx: number, ending: Ending): Promise<Outcome> {
  if ("code" in ending)
    return { kind: "failed", ...ending, transient: false, httpStatus: 500, title: "Server Error" };
  const key = contentKey(accountId, batchId, idx, 1);
  for (const [part, content] of Object.entries(ending.parts)) {
    await putPart(env.CONTENT, key, part as ContentPart, content);
  }
  return { kind: "rendered", httpStatus: 200, title: `Page ${idx}`, warnings: ending.warnings };
}

async function finishedCount(accountId: string, batchId: string): Promise<number> {
  const batch = await findBatch(database(env.DB), accountId, batchId);
  return (batch?.completedUrls ?? 0) + (batch?.failedUrls ?? 0);
}
