/**
 * The tracker's book of one batch: which items wait, are being rendered, or have finished.
 *
 * It lives in the Durable Object's SQLite and never awaits, so each method happens whole or not at all, and no two
 * overlap. The clock is passed in. An item goes one way:
 *
 *     waiting ──claim──▶ rendering ──report──▶ finished ──marked──▶ projected
 *        ▲                   │
 *        └── transient failure, lease ran out, no browser
 *
 * `finished` and beyond never change: the first report that ends an item is the one that counts. Items are numbered
 * `seq` = 1, 2, … as they finish. Each time an item is handed out it gets a new number, which its report must bear; a
 * rendering that never began has used up such a number, but no attempt.
 */
import type { Assignment, RenderingId } from "../protocol/claim.ts";
import type { FailureCode } from "../protocol/failure-codes.ts";
import type { Outcome, PageFacts, Report } from "../protocol/report.ts";

export interface LedgerRules {
  maxAttempts: number;
  /** ms before the second attempt; fourfold with each further one */
  retryDelay: number;
  /** ms after which a rendering that nothing was heard of counts as lost */
  renderLease: number;
}

export interface LedgerItem {
  idx: number;
  url: string;
  /** For a book that is opened anew from the database: how the item ended, if it has. */
  ended?: { seq: number; status: "completed" | "failed"; attempts: number };
}

/** How an item ended. */
export interface FinishedItem extends PageFacts {
  idx: number;
  seq: number;
  status: "completed" | "failed";
  attempts: number;
  finishedAt: number;
  /** The rendering whose content counts; null when failed. */
  contentRendering: number | null;
  errorCode?: FailureCode;
  errorMessage?: string;
}

/** The `result` column, as JSON. It has the name that earlier versions stored for `contentRendering`. */
type StoredResult = Pick<
  Partial<FinishedItem>,
  "httpStatus" | "finalUrl" | "title" | "errorCode" | "errorMessage"
> & { finishedAt: number; contentAttempt: number | null };

export interface Counts {
  total: number;
  completed: number;
  failed: number;
  /** Renderings that were repeats. */
  retried: number;
}

/** What a report did. */
export type ReportEffect = "completed" | "failed" | "will_retry" | "released" | "ignored";

const WAITING = 0;
const RENDERING = 1;
const FINISHED = 2;
const PROJECTED = 3;

/** Longest text kept of what a page says of itself: a row that D1 cannot take would hold up the whole batch. */
const MAX_TEXT_CHARACTERS = 1000;
/** A longer address is not kept. Chromium's own limit is two million characters. */
const MAX_URL_CHARACTERS = 16_384;

const schema = `
  CREATE TABLE IF NOT EXISTS item (
    idx INTEGER PRIMARY KEY,
    url TEXT NOT NULL,
    state INTEGER NOT NULL,
    -- How often it was handed out, and how many of these renderings count as attempts.
    renderings INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    -- The claim that handed it out last.
    claim TEXT,
    -- waiting: not before; rendering: end of the lease. Epoch ms.
    due_at INTEGER NOT NULL DEFAULT 0,
    seq INTEGER,
    completed INTEGER,
    result TEXT
  );
  CREATE INDEX IF NOT EXISTS item_waiting ON item (due_at, idx) WHERE state = ${WAITING};
  CREATE INDEX IF NOT EXISTS item_rendering ON item (due_at) WHERE state = ${RENDERING};
  CREATE INDEX IF NOT EXISTS item_finished ON item (seq) WHERE state = ${FINISHED};
  CREATE TABLE IF NOT EXISTS tally (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    total INTEGER NOT NULL DEFAULT 0,
    completed INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    retried INTEGER NOT NULL DEFAULT 0,
    projected_completed INTEGER NOT NULL DEFAULT 0,
    projected_failed INTEGER NOT NULL DEFAULT 0
  );
  INSERT OR IGNORE INTO tally (one) VALUES (1);
`;

export class Ledger {
  readonly #storage: DurableObjectStorage;
  readonly #rules: LedgerRules;
  readonly #random: () => number;

  constructor(storage: DurableObjectStorage, rules: LedgerRules, random: () => number = Math.random) {
    this.#storage = storage;
    this.#rules = rules;
    this.#random = random;
    storage.sql.exec(schema);
  }

  /** Enters items. Those that are already in the book stay as they are, so entering is safe to repeat. */
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
   * Takes up to `limit` waiting items into rendering, those that have waited longest first.
   *
   * @param claim names the call: one that comes again, because its answer was lost, gets the same items again
   */
  claim(limit: number, now: number, claim: string): Assignment[] {
    return this.#storage.transactionSync(() => {
      const again = this.#exec(
        `SELECT idx, url, renderings AS rendering FROM item WHERE state = ${RENDERING} AND claim = ? ORDER BY idx`,
        claim,
      ).toArray() as unknown as Assignment[];
      if (again.length > 0) return again;
      const rows = this.#exec(
        `SELECT idx, url, renderings, attempts FROM item WHERE state = ${WAITING} AND due_at <= ?
         ORDER BY due_at, idx LIMIT ?`,
        now,
        limit,
      ).toArray() as unknown as { idx: number; url: string; renderings: number; attempts: number }[];
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

  /** Their consumer lives: the leases of these renderings begin anew. What is not being rendered is passed over. */
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
   * Takes a report in. What ends an item counts whichever rendering it is from, as long as it is the first to do so.
   * What would put an item back to waiting counts only from the rendering that is under way.
   *
   * @param stopping nothing is tried again
   */
  report({ idx, rendering, outcome }: Report, now: number, stopping = false): ReportEffect {
    return this.#storage.transactionSync(() => {
      const row = this.#exec(
        "SELECT state, renderings, attempts FROM item WHERE idx = ?",
        idx,
      ).toArray()[0] as { state: number; renderings: number; attempts: number } | undefined;
      // Written so that a missing number is ignored too: a consumer of an older version may send none.
      const isKnown = rendering >= 1 && rendering <= (row?.renderings ?? 0);
      if (!row || row.state >= FINISHED || !isKnown) return "ignored";
      if (outcome.kind === "rendered") {
        // What was released before it began is rendered after all only if its consumer contradicts itself.
        this.#finish(idx, Math.max(1, row.attempts), now, { ...outcome, contentRendering: rendering });
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

  /** Puts items whose rendering was lost back to waiting, or ends them when their attempts are used up. */
  expireLeases(now: number, stopping = false): { idx: number; rendering: number; ended: boolean }[] {
    return this.#storage.transactionSync(() => {
      const rows = this.#exec(
        `SELECT idx, renderings AS rendering, attempts FROM item WHERE state = ${RENDERING} AND due_at <= ?`,
        now,
      ).toArray() as unknown as { idx: number; rendering: number; attempts: number }[];
      return rows.map(({ idx, rendering, attempts }) => {
        const ended = stopping || attempts >= this.#rules.maxAttempts;
        if (ended) {
          this.#finish(idx, attempts, now, {
            kind: "failed",
            code: "render_lost",
            message: `The page's rendering was lost with its renderer. Attempts made: ${attempts}.`,
            transient: true,
          });
        } else {
          this.#wait(idx, now + this.#retryDelay(attempts));
        }
        return { idx, rendering, ended };
      });
    });
  }

  /** Ends what waits, and with `includeRendering` what is being rendered too, as failed. Answers how many that were. */
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
        JSON.stringify({
          finishedAt: now,
          contentAttempt: null,
          errorCode: code,
          errorMessage: message,
        } satisfies StoredResult),
        completed + failed,
        upTo,
      );
      this.#add("failed", ended);
      return ended;
    });
  }

  /** Finished items that have not been marked as projected, in order of `seq`, up to `limit`. */
  unprojected(limit: number): FinishedItem[] {
    const rows = this.#exec(
      `SELECT idx, seq, attempts, completed, result FROM item WHERE state = ${FINISHED} ORDER BY seq LIMIT ?`,
      limit,
    ).toArray() as unknown as {
      idx: number;
      seq: number;
      attempts: number;
      completed: number;
      result: string;
    }[];
    return rows.map(({ idx, seq, attempts, completed, result }) => {
      const { contentAttempt: contentRendering, ...facts } = JSON.parse(result) as StoredResult;
      const status = completed ? "completed" : "failed";
      return { idx, seq, attempts, status, contentRendering, ...facts };
    });
  }

  /** Marks finished items up to and including `seq` as projected, and drops what is not needed any more. */
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

  /** What has been marked as projected. */
  projectedCounts(): Pick<Counts, "completed" | "failed"> {
    return this.#one("SELECT projected_completed AS completed, projected_failed AS failed FROM tally");
  }

  counts(): Counts {
    return this.#one<Counts & Record<string, SqlStorageValue>>(
      "SELECT total, completed, failed, retried FROM tally",
    );
  }

  /** Items finished and not yet marked as projected. */
  unprojectedCount(): number {
    return this.#one<{ n: number }>(
      "SELECT completed + failed - projected_completed - projected_failed AS n FROM tally",
    ).n;
  }

  /** Every item has finished, and has been projected. */
  isSettled(): boolean {
    return (
      this.#one<{ left: number }>("SELECT total - projected_completed - projected_failed AS left FROM tally")
        .left === 0
    );
  }

  /** Items that a claim would get now, counted up to `limit`: counting all of them at each report would take long. */
  ready(now: number, limit: number): number {
    return this.#one<{ n: number }>(
      `SELECT COUNT(*) AS n FROM (SELECT 1 FROM item WHERE state = ${WAITING} AND due_at <= ? LIMIT ?)`,
      now,
      limit,
    ).n;
  }

  /** When the next waiting item becomes ready after `now`, or the next lease ends; null if there is neither. */
  nextDueAt(now: number): number | null {
    return this.#one<{ at: number | null }>(
      `SELECT MIN(at) AS at FROM (
         SELECT MIN(due_at) AS at FROM item WHERE state = ${WAITING} AND due_at > ?
         UNION ALL
         SELECT MIN(due_at) AS at FROM item WHERE state = ${RENDERING})`,
      now,
    ).at;
  }

  #finish(
    idx: number,
    attempts: number,
    now: number,
    outcome: (Outcome & { kind: "rendered" } & { contentRendering: number }) | (Outcome & { kind: "failed" }),
  ): void {
    const rendered = outcome.kind === "rendered";
    const { completed, failed } = this.counts();
    const { httpStatus, finalUrl = "", title } = outcome;
    const result: StoredResult = {
      httpStatus,
      finalUrl: finalUrl.length > 0 && finalUrl.length <= MAX_URL_CHARACTERS ? storable(finalUrl) : undefined,
      title: title === undefined ? undefined : storable(title.slice(0, MAX_TEXT_CHARACTERS)),
      finishedAt: now,
      contentAttempt: rendered ? outcome.contentRendering : null,
      errorCode: rendered ? undefined : outcome.code,
      errorMessage: rendered ? undefined : storable(outcome.message.slice(0, MAX_TEXT_CHARACTERS)),
    };
    this.#exec(
      `UPDATE item SET state = ${FINISHED}, attempts = ?, seq = ?, completed = ?, result = ?, url = '' WHERE idx = ?`,
      attempts,
      completed + failed + 1,
      Number(rendered),
      JSON.stringify(result),
      idx,
    );
    this.#add(rendered ? "completed" : "failed", 1);
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

  /** Fourfold with each attempt, a quarter of jitter either way, and no sooner than the site asked for. */
  #retryDelay(attempt: number, atLeast = 0): number {
    const delay = this.#rules.retryDelay * 4 ** (attempt - 1);
    return Math.max(atLeast, delay * (0.75 + this.#random() / 2));
  }

  #add(column: keyof Counts | "projected_completed" | "projected_failed", count: number): void {
    if (count !== 0) this.#exec(`UPDATE tally SET ${column} = ${column} + ?`, count);
  }

  #one<Row extends Record<string, SqlStorageValue>>(query: string, ...bindings: SqlStorageValue[]): Row {
    return this.#storage.sql.exec<Row>(query, ...bindings).one();
  }

  #exec(query: string, ...bindings: SqlStorageValue[]) {
    return this.#storage.sql.exec(query, ...bindings);
  }
}

/** SQLite's JSON functions end a string at NUL, and UTF-8 has no form for half a surrogate pair. */
function storable(text: string): string {
  return text.replaceAll("\0", "\ufffd").toWellFormed();
}
