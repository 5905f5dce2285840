/**
 * The tracker's record of a batch: which items wait, are being rendered, or have finished.
 *
 * It lives in the Durable Object's SQLite and never awaits, so each method happens completely or not at all, and no two
 * overlap. The clock is passed in. An item moves one way:
 *
 *     waiting ──claim──▶ rendering ──report──▶ finished ──marked──▶ projected
 *        ▲                   │
 *        └── transient failure, lease ran out, no browser
 *
 * A finished item never changes: the first report that ends it counts. Items are numbered `seq` = 1, 2, … as they
 * finish. Each time an item is handed out, its rendering gets a new number, which the report must carry. A rendering
 * that never began has used up a number, but is not an attempt.
 */
import type { Assignment, RenderingId } from "../protocol/claim.ts";
import type { FailureCode } from "../protocol/failure-codes.ts";
import type { Report } from "../protocol/report.ts";
import type { PagesLeft } from "../protocol/work.ts";
import {
  type Ending,
  type FinishedItem,
  type FinishedRow,
  finishedItem,
  storedResult,
} from "./item-result.ts";
import { FINISHED, ledgerTables, PROJECTED, RENDERING, WAITING } from "./ledger-tables.ts";

export interface LedgerRules {
  maxAttempts: number;
  /** Wait before the second attempt, in ms. It grows fourfold with each further one. */
  retryDelay: number;
  /** A rendering that nothing was heard of for this many ms counts as lost. */
  renderLease: number;
}

export interface LedgerItem {
  idx: number;
  url: string;
  /** For a ledger that is rebuilt from D1: how the item ended, if it has. */
  ended?: { seq: number; status: "completed" | "failed"; attempts: number };
}

export interface Counts {
  total: number;
  completed: number;
  failed: number;
  /** Renderings that were repeats. */
  retried: number;
}

/** What a report did. */
export type ReportEffect = "completed" | "failed" | "will_retry" | "released" | "ignored";

export class Ledger {
  readonly #storage: DurableObjectStorage;
  readonly #rules: LedgerRules;
  readonly #random: () => number;

  constructor(storage: DurableObjectStorage, rules: LedgerRules, random: () => number = Math.random) {
    this.#storage = storage;
    this.#rules = rules;
    this.#random = random;
    storage.sql.exec(ledgerTables);
  }

  /** Enters items. Those already in the ledger stay as they are, so that it is safe to repeat. */
  enter(items: LedgerItem[]): void {
    this.#storage.transactionSync(() => {
      const entered = { total: 0, completed: 0, failed: 0, retried: 0 };
      for (const { idx, url, ended } of items) {
        const { rowsWritten } = this.#exec(
          `INSERT OR IGNORE INTO item (idx, url, state, renderings, attempts, seq, completed)
           VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6)`,
          idx,
          ended ? "" : url,
          ended ? PROJECTED : WAITING,
          ended?.attempts ?? 0,
          ended?.seq ?? null,
          ended ? Number(ended.status === "completed") : null,
        );
        if (rowsWritten === 0) continue;
        entered.total += 1;
        if (!ended) continue;
        entered[ended.status] += 1;
        entered.retried += Math.max(0, ended.attempts - 1);
      }
      for (const [column, count] of Object.entries(entered)) this.#add(column as keyof Counts, count);
      this.#add("projected_completed", entered.completed);
      this.#add("projected_failed", entered.failed);
    });
  }

  /**
   * Hands out up to `limit` waiting items, those that have waited longest first.
   *
   * @param claim names the call: repeating it with the same name returns the same items
   */
  claim(limit: number, now: number, claim: string): Assignment[] {
    return this.#storage.transactionSync(() => {
      const again = this.#exec<{ idx: number; url: string; rendering: number }>(
        // By itself, SQLite would read the whole table.
        `SELECT idx, url, renderings AS rendering FROM item INDEXED BY item_rendering
         WHERE state = ${RENDERING} AND claim = ? ORDER BY idx`,
        claim,
      ).toArray();
      if (again.length > 0) return again;
      const rows = this.#exec<{ idx: number; url: string; renderings: number; attempts: number }>(
        `SELECT idx, url, renderings, attempts FROM item WHERE state = ${WAITING} AND due_at <= ?
         ORDER BY due_at, idx LIMIT ?`,
        now,
        limit,
      ).toArray();
      return rows.map(({ idx, url, renderings, attempts }) => {
        const rendering = renderings + 1;
        this.#exec(
          `UPDATE item SET state = ${RENDERING}, renderings = ?, attempts = ?, claim = ?, due_at = ? WHERE idx = ?`,
          rendering,
          attempts + 1,
          claim,
          now + this.#rules.renderLease,
          idx,
        );
        if (attempts > 0) this.#add("retried", 1);
        return { idx, url, rendering };
      });
    });
  }

  /** Renews the leases of these renderings. Those that are not under way are ignored. */
  extend(renderings: RenderingId[], now: number): void {
    this.#storage.transactionSync(() => {
      for (const { idx, rendering } of renderings) {
        this.#exec(
          `UPDATE item SET due_at = ? WHERE idx = ? AND state = ${RENDERING} AND renderings = ?`,
          now + this.#rules.renderLease,
          idx,
          rendering,
        );
      }
    });
  }

  /**
   * Records how a rendering ended. Content counts whichever rendering it is from, if it is the first to arrive. All
   * else counts only from the rendering that is under way.
   *
   * @param stopping whether failures are final, even transient ones
   */
  report({ idx, rendering, outcome }: Report, now: number, stopping = false): ReportEffect {
    return this.#storage.transactionSync(() => {
      const row = this.#exec<{ state: number; renderings: number; attempts: number }>(
        "SELECT state, renderings, attempts FROM item WHERE idx = ?",
        idx,
      ).toArray()[0];
      // Written so that a missing number is ignored too: a consumer of an older version may send none.
      const isKnown = rendering >= 1 && rendering <= (row?.renderings ?? 0);
      if (!row || row.state >= FINISHED || !isKnown) return "ignored";
      if (outcome.kind === "rendered") {
        // At least 1: a consumer may release a page and then report it as rendered after all.
        this.#finish(idx, Math.max(1, row.attempts), now, { ...outcome, rendering });
        return "completed";
      }
      const isCurrent = row.state === RENDERING && row.renderings === rendering;
      if (!isCurrent) return "ignored";
      if (outcome.kind === "released") {
        this.#release(idx, row.attempts, now + outcome.retryAfterMs);
        return "released";
      }
      if (outcome.transient && row.attempts < this.#rules.maxAttempts && !stopping) {
        this.#wait(idx, now + this.#retryDelay(row.attempts, outcome.retryAfterMs));
        return "will_retry";
      }
      this.#finish(idx, row.attempts, now, outcome);
      return "failed";
    });
  }

  /** Returns items whose rendering was lost to waiting, or fails them if their attempts are used up. */
  expireLeases(now: number, stopping = false): { idx: number; rendering: number; ended: boolean }[] {
    return this.#storage.transactionSync(() => {
      const rows = this.#exec<{ idx: number; rendering: number; attempts: number }>(
        `SELECT idx, renderings AS rendering, attempts FROM item WHERE state = ${RENDERING} AND due_at <= ?`,
        now,
      ).toArray();
      return rows.map(({ idx, rendering, attempts }) => {
        const ended = stopping || attempts >= this.#rules.maxAttempts;
        if (ended) {
          this.#finish(idx, attempts, now, {
            kind: "failed",
            code: "render_lost",
            message: `The page's rendering was lost with its renderer. Attempts made: ${attempts}.`,
          });
        } else {
          this.#wait(idx, now + this.#retryDelay(attempts));
        }
        return { idx, rendering, ended };
      });
    });
  }

  /** Fails all waiting items, and if `includeRendering` those being rendered, too. Returns how many. */
  failRest(
    code: FailureCode,
    message: string,
    now: number,
    { includeRendering }: { includeRendering: boolean },
  ): number {
    return this.#storage.transactionSync(() => {
      const upTo = includeRendering ? RENDERING : WAITING;
      const { completed, failed } = this.counts();
      const ended = this.#one<{ n: number }>("SELECT COUNT(*) AS n FROM item WHERE state <= ?", upTo).n;
      if (ended === 0) return 0;
      this.#exec(
        `UPDATE item SET state = ${FINISHED}, completed = 0, url = '', result = ?, seq = ? + place.n
         FROM (SELECT idx, ROW_NUMBER() OVER (ORDER BY idx) AS n FROM item WHERE state <= ?) AS place
         WHERE item.idx = place.idx`,
        storedResult({ kind: "failed", code, message }, now),
        completed + failed,
        upTo,
      );
      this.#add("failed", ended);
      return ended;
    });
  }

  /** Up to `limit` finished items that are not marked as projected, in order of `seq`. */
  unprojected(limit: number): FinishedItem[] {
    const rows = this.#exec<FinishedRow>(
      `SELECT idx, seq, attempts, completed, result FROM item WHERE state = ${FINISHED} ORDER BY seq LIMIT ?`,
      limit,
    ).toArray();
    return rows.map(finishedItem);
  }

  /** Marks finished items up to and including `seq` as projected, and drops their results. */
  markProjected(seq: number): void {
    this.#storage.transactionSync(() => {
      const marked = this.#one<{ n: number; completed: number }>(
        `SELECT COUNT(*) AS n, TOTAL(completed) AS completed FROM item WHERE state = ${FINISHED} AND seq <= ?`,
        seq,
      );
      this.#exec(
        `UPDATE item SET state = ${PROJECTED}, result = NULL WHERE state = ${FINISHED} AND seq <= ?`,
        seq,
      );
      this.#add("projected_completed", marked.completed);
      this.#add("projected_failed", marked.n - marked.completed);
    });
  }

  /** Counts of the items marked as projected. */
  projectedCounts(): Pick<Counts, "completed" | "failed"> {
    return this.#one("SELECT projected_completed AS completed, projected_failed AS failed FROM tally");
  }

  counts(): Counts {
    return this.#one<Counts & Record<string, SqlStorageValue>>(
      "SELECT total, completed, failed, retried FROM tally",
    );
  }

  /** How many items have finished and are not marked as projected. */
  unprojectedCount(): number {
    return this.#one<{ n: number }>(
      "SELECT completed + failed - projected_completed - projected_failed AS n FROM tally",
    ).n;
  }

  /** Whether every item has finished and is marked as projected. */
  isSettled(): boolean {
    return (
      this.#one<{ left: number }>("SELECT total - projected_completed - projected_failed AS left FROM tally")
        .left === 0
    );
  }

  /** How many items a claim would get now. Counts up to `limit`: counting all of them at each call would take long. */
  ready(now: number, limit: number): number {
    return this.#one<{ n: number }>(
      `SELECT COUNT(*) AS n FROM (SELECT 1 FROM item WHERE state = ${WAITING} AND due_at <= ? LIMIT ?)`,
      now,
      limit,
    ).n;
  }

  /** How many items are ready, up to `limit`, and how many are being rendered. */
  pagesLeft(now: number, limit: number): PagesLeft {
    const { n } = this.#one<{ n: number }>(`SELECT COUNT(*) AS n FROM item WHERE state = ${RENDERING}`);
    return { waiting: this.ready(now, limit), rendering: n };
  }

  /** When the next waiting item becomes ready or the next lease ends, epoch ms; null if there is neither. */
  nextDueAt(now: number): number | null {
    return this.#one<{ at: number | null }>(
      `SELECT MIN(at) AS at FROM (
         SELECT MIN(due_at) AS at FROM item WHERE state = ${WAITING} AND due_at > ?
         UNION ALL
         SELECT MIN(due_at) AS at FROM item WHERE state = ${RENDERING})`,
      now,
    ).at;
  }

  #finish(idx: number, attempts: number, now: number, ending: Ending): void {
    const { completed, failed } = this.counts();
    const isCompleted = ending.kind === "rendered";
    this.#exec(
      `UPDATE item SET state = ${FINISHED}, attempts = ?, seq = ?, completed = ?, result = ?, url = '' WHERE idx = ?`,
      attempts,
      completed + failed + 1,
      Number(isCompleted),
      storedResult(ending, now),
      idx,
    );
    this.#add(isCompleted ? "completed" : "failed", 1);
  }

  #wait(idx: number, dueAt: number): void {
    this.#exec(`UPDATE item SET state = ${WAITING}, due_at = ? WHERE idx = ?`, Math.round(dueAt), idx);
  }

  #release(idx: number, attempts: number, dueAt: number): void {
    this.#exec(
      `UPDATE item SET state = ${WAITING}, attempts = ?, due_at = ? WHERE idx = ?`,
      attempts - 1,
      Math.round(dueAt),
      idx,
    );
    if (attempts > 1) this.#add("retried", -1);
  }

  /** Grows fourfold with each attempt, varies by a quarter either way, and is no shorter than the site asked for. */
  #retryDelay(attempt: number, atLeast = 0): number {
    const delay = this.#rules.retryDelay * 4 ** (attempt - 1);
    return Math.max(atLeast, delay * (0.75 + this.#random() / 2));
  }

  #add(column: keyof Counts | "projected_completed" | "projected_failed", count: number): void {
    if (count !== 0) this.#exec(`UPDATE tally SET ${column} = ${column} + ?`, count);
  }

  #one<Row extends Record<string, SqlStorageValue>>(query: string, ...bindings: SqlStorageValue[]): Row {
    return this.#exec<Row>(query, ...bindings).one();
  }

  #exec<Row extends Record<string, SqlStorageValue>>(query: string, ...bindings: SqlStorageValue[]) {
    return this.#storage.sql.exec<Row>(query, ...bindings);
  }
}
