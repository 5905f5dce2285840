/** What has changed in a batch since its followers last heard of it. */
import { batchObject } from "../batch/batch-object.ts";
import { type Item, itemObjects } from "../batch/item-object.ts";
import type { BatchRow } from "../db/batches.ts";
import { database } from "../db/client.ts";
import { listFinishedItems } from "../db/items.ts";
import type { Env } from "../settings.ts";

export interface FollowedBatch {
  accountId: string;
  batchId: string;
}

export interface BatchChanges {
  batch: BatchRow;
  /** Items that have finished, in that order, each with its position in it. */
  items: { seq: number; item: Item }[];
  /** The position of the last of them. */
  upTo: number;
  /** Whether these are all that have finished so far. */
  isAll: boolean;
}

const ITEMS_PER_READ = 100;

/**
 * Reads what comes after the item at the position `after`. Null if the account has no such batch (any more).
 *
 * @throws what D1 and R2 throw
 */
export async function readChanges(
  env: Env,
  { accountId, batchId }: FollowedBatch,
  after: number,
): Promise<BatchChanges | null> {
  const query = { after, limit: ITEMS_PER_READ };
  const found = await listFinishedItems(database(env.DB), accountId, batchId, query);
  if (!found) return null;
  const { batch, items: rows } = found;
  const objects = await itemObjects(env.CONTENT, batch, rows);
  const items = objects.map((item, i) => ({ seq: rows[i]?.seq ?? 0, item }));
  const upTo = items.at(-1)?.seq ?? after;
  // Positions have no gaps, and D1 gets them together with the counts.
  return { batch, items, upTo, isAll: upTo >= batch.completedUrls + batch.failedUrls };
}

/** What a follower is told, as JSON of the event's data. */
export type EventLine =
  | { event: "item"; seq: number; data: string }
  | { event: "batch" | "done"; data: string };

/** The events of a change: each item, then the batch if its counts have changed, then `done` if that was all. */
export function linesOf({ batch, items, isAll }: BatchChanges): EventLine[] {
  const lines: EventLine[] = items.map(({ seq, item }) => ({
    event: "item",
    seq,
    data: JSON.stringify(item),
  }));
  const isOver = isAll && batch.status === "completed";
  if (!isOver && !(isAll && items.length > 0)) return lines;
  const data = JSON.stringify(batchObject(batch));
  lines.push({ event: "batch", data });
  if (isOver) lines.push({ event: "done", data });
  return lines;
}
