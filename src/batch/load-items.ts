import { readItems } from "../db/batch-progress.ts";
import type { BatchRow } from "../db/batches.ts";
import type { Ledger } from "./ledger.ts";

/** Items read from D1 at a time: up to 8 MB if every URL has the greatest length. */
const ITEMS_PER_READ = 1000;

/** Whether the ledger has all items of the batch. */
export function isLoaded(ledger: Ledger, batch: BatchRow): boolean {
  return ledger.counts().total >= batch.totalUrls;
}

/**
 * Copies the batch's items from D1 into the ledger, once. After a failure, the next call continues where this one
 * stopped.
 *
 * @throws what D1 throws; Error if D1 has fewer items than the batch
 */
export async function loadItems(
  d1: D1Database,
  kv: SyncKvStorage,
  batch: BatchRow,
  ledger: Ledger,
): Promise<void> {
  while (!isLoaded(ledger, batch)) {
    const rows = await readItems(d1, batch.id, kv.get<number>("loaded") ?? -1, ITEMS_PER_READ);
    const last = rows.at(-1);
    if (!last) throw new Error(`D1 has fewer items than the batch's ${batch.totalUrls}.`);
    ledger.enter(
      rows.map(({ idx, url, status, seq, attempts }) =>
        status === "pending" || seq === null ? { idx, url } : { idx, url, ended: { seq, status, attempts } },
      ),
    );
    kv.put("loaded", last.idx);
  }
}
