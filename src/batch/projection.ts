/**
 * Copies what has finished from the ledger to D1, many items per statement. Finished items wait for others, but no
 * longer than a moment, so that clients see progress.
 */
import { contentKey } from "../content/stored-parts.ts";
import { type ItemResult, touchBatch, writeResults } from "../db/batch-progress.ts";
import type { BatchRow } from "../db/batches.ts";
import { log } from "../text/log.ts";
import type { FinishedItem } from "./item-result.ts";
import type { Ledger } from "./ledger.ts";

export interface ProjectionRules {
  /** The longest that a finished item waits for others, in ms. */
  delay: number;
  /** The most items in one statement. */
  itemsPerWrite: number;
}

/** At least this often, in ms, something is written to D1, so that the sweep (wake.ts) knows that the tracker is alive. */
const TOUCH_INTERVAL_MS = 60_000;

export class Projection {
  readonly #rules: ProjectionRules;
  /** When finished items are due in D1, epoch ms; null while there are none. After a restart, there may be some. */
  #dueBy: number | null = 0;
  /** The sweep takes the tracker for alive until then, epoch ms. */
  #aliveUntil = 0;

  constructor(rules: ProjectionRules) {
    this.#rules = rules;
  }

  /** Notes that items have finished: they are due after the usual delay, or at once if `urgent`. */
  itemsFinished(now: number, { urgent }: { urgent: boolean }): void {
    this.#dueBy = urgent ? now : (this.#dueBy ?? now + this.#rules.delay);
  }

  isDue(ledger: Ledger, now: number): boolean {
    const waiting = ledger.unprojectedCount();
    if (waiting === 0) return false;
    const { total, completed, failed } = ledger.counts();
    const isLast = completed + failed === total;
    return isLast || waiting >= this.#rules.itemsPerWrite || now >= (this.#dueBy ?? 0);
  }

  /** When finished items are due, epoch ms; null if there are none. */
  dueAt(ledger: Ledger): number | null {
    return ledger.unprojectedCount() > 0 ? this.#dueBy : null;
  }

  /** Writes what is due. @throws what D1 throws; to be called again then */
  async writeDue(d1: D1Database, batch: BatchRow, ledger: Ledger): Promise<void> {
    while (this.isDue(ledger, Date.now())) {
      const finished = ledger.unprojected(this.#rules.itemsPerWrite);
      const before = ledger.projectedCounts();
      const results = finished.map((item) => itemResult(batch, item));
      const { retried } = ledger.counts();
      const written = await writeResults(d1, batch.id, results, before, retried, Date.now());
      const upToSeq = written.completed + written.failed;
      ledger.markProjected(upToSeq);
      log("debug", "items.projected", {
        batch_id: batch.id,
        account_id: batch.accountId,
        count: upToSeq - before.completed - before.failed,
        up_to_seq: upToSeq,
      });
      this.#aliveUntil = Date.now();
      // What has finished meanwhile waits like any other. Otherwise a steady flow would never let this end.
      this.#dueBy = ledger.unprojectedCount() === 0 ? null : Date.now() + this.#rules.delay;
    }
  }

  /**
   * Notes in D1 that the tracker is alive, unless something was written lately.
   *
   * @param restsUntil if it has nothing to do for a while: until when, epoch ms
   * @throws what D1 throws
   */
  async touch(d1: D1Database, batch: BatchRow, restsUntil = 0): Promise<void> {
    const now = Date.now();
    const until = Math.max(now, restsUntil);
    if (until - this.#aliveUntil < TOUCH_INTERVAL_MS) return;
    await touchBatch(d1, batch.id, until);
    this.#aliveUntil = until;
  }
}

function itemResult(batch: BatchRow, { contentRendering, ...item }: FinishedItem): ItemResult {
  const key =
    contentRendering === null ? null : contentKey(batch.accountId, batch.id, item.idx, contentRendering);
  return { ...item, contentKey: key };
}
