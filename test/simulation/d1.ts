/** D1: SQLite at the other end of a call. */
import type { Database, Row } from "./database.ts";
import type { Platform } from "./platform.ts";

interface Result {
  success: true;
  results: Row[];
  meta: Record<string, number | boolean>;
}

class Statement {
  readonly #d1: SimulatedD1;
  readonly sql: string;
  readonly params: unknown[];

  constructor(d1: SimulatedD1, sql: string, params: unknown[] = []) {
    this.#d1 = d1;
    this.sql = sql;
    this.params = params;
  }

  bind(...params: unknown[]): Statement {
    return new Statement(this.#d1, this.sql, params);
  }

  async all(): Promise<Result> {
    const [result] = await this.#d1.batch([this]);
    return result as Result;
  }

  run(): Promise<Result> {
    return this.all();
  }

  async first(column?: string): Promise<unknown> {
    const [row] = (await this.all()).results;
    if (!row) return null;
    return column === undefined ? row : row[column];
  }

  raw({ columnNames = false } = {}): Promise<unknown[][]> {
    return this.#d1.arrays(this, columnNames);
  }
}

export class SimulatedD1 {
  readonly #platform: Platform;
  readonly #db: Database;

  constructor(platform: Platform, db: Database) {
    this.#platform = platform;
    this.#db = db;
  }

  prepare(sql: string): Statement {
    return new Statement(this, sql);
  }

  /** In one transaction. */
  batch(statements: Statement[]): Promise<Result[]> {
    return this.#platform.call(() => this.#db.transaction(() => statements.map((one) => this.#execute(one))));
  }

  arrays({ sql, params }: Statement, withNames: boolean): Promise<unknown[][]> {
    return this.#platform.call(() => {
      const before = this.#db.rowsWritten;
      const { columns, rows } = this.#db.arrays(sql, params);
      this.#platform.meter.d1RowsWritten += this.#db.rowsWritten - before;
      this.#platform.meter.d1RowsRead += rows.length;
      return withNames ? [columns, ...rows] : rows;
    });
  }

  #execute({ sql, params }: Statement): Result {
    const { rows, rowsWritten, rowsRead } = this.#db.execute(sql, params);
    this.#platform.meter.d1RowsWritten += rowsWritten;
    this.#platform.meter.d1RowsRead += rowsRead;
    const changes = rowsWritten > 0 ? this.#db.changes : 0;
    const meta = { changes, rows_written: rowsWritten, rows_read: rowsRead, changed_db: rowsWritten > 0 };
    return { success: true, results: rows, meta };
  }
}
