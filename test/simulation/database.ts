/** SQLite as D1 and Durable Objects run it. It counts the rows written. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { countRows } from "./row-counter.ts";

export type Row = Record<string, unknown>;

export interface Executed {
  columns: string[];
  rows: Row[];
  rowsWritten: number;
}

interface Prepared {
  statement: StatementSync;
  columns: string[];
}

export class Database {
  readonly #db = new DatabaseSync(":memory:");
  readonly #prepared = new Map<string, Prepared>();
  #rowsWritten = 0;
  #depth = 0;

  constructor() {
    this.#db.function("rows_written", (count) => {
      this.#rowsWritten += Number(count);
      return null;
    });
  }

  /** All rows written so far. */
  get rowsWritten(): number {
    return this.#rowsWritten;
  }

  /** Runs a statement, or several that take no parameters. */
  execute(sql: string, params: readonly unknown[] = []): Executed {
    const before = this.#rowsWritten;
    const known = this.#prepared.get(sql);
    if (!known && /^\s*(--[^\n]*\s*)*(CREATE|ALTER|DROP)\b/i.test(sql)) {
      this.#db.exec(sql);
      countRows(this.#db);
      return { columns: [], rows: [], rowsWritten: this.#rowsWritten - before };
    }
    const { statement, columns } = known ?? this.#prepare(sql);
    const values = params.map(sqlValue);
    let rows: Row[] = [];
    if (columns.length === 0) statement.run(...values);
    else rows = statement.all(...values);
    return { columns, rows, rowsWritten: this.#rowsWritten - before };
  }

  /** The rows as arrays, which may have several columns of one name. */
  arrays(sql: string, params: readonly unknown[]): { columns: string[]; rows: unknown[][] } {
    const { statement, columns } = this.#prepare(sql);
    statement.setReturnArrays(true);
    try {
      return { columns, rows: statement.all(...params.map(sqlValue)) as unknown as unknown[][] };
    } finally {
      statement.setReturnArrays(false);
    }
  }

  /** How many rows the last statement changed. */
  get changes(): number {
    return Number(this.execute("SELECT changes() AS n").rows[0]?.n ?? 0);
  }

  transaction<T>(closure: () => T): T {
    this.#depth += 1;
    const name = `depth_${this.#depth}`;
    try {
      this.execute(`SAVEPOINT ${name}`);
      const result = closure();
      this.execute(`RELEASE ${name}`);
      return result;
    } catch (thrown) {
      this.execute(`ROLLBACK TO ${name}`);
      this.execute(`RELEASE ${name}`);
      throw thrown;
    } finally {
      this.#depth -= 1;
    }
  }

  close(): void {
    this.#db.close();
  }

  #prepare(sql: string): Prepared {
    const known = this.#prepared.get(sql);
    if (known) return known;
    const statement = this.#db.prepare(sql);
    const prepared = { statement, columns: statement.columns().map(({ name }) => name) };
    this.#prepared.set(sql, prepared);
    return prepared;
  }
}

function sqlValue(value: unknown): SQLInputValue {
  if (typeof value === "boolean") return Number(value);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value === undefined) throw new Error("A parameter of a statement is undefined.");
  return value as SQLInputValue;
}
