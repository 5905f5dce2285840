/** SQLite as D1 and Durable Objects run it. It counts the rows written. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { countRows } from "./row-counter.ts";

export type Row = Record<string, unknown>;

export interface Executed {
  columns: string[];
  rows: Row[];
  rowsWritten: number;
  /** An estimate: those returned, and all rows of tables that are read without an index. */
  rowsRead: number;
}

interface Prepared {
  statement: StatementSync;
  columns: string[];
  /** Tables that it reads from end to end. */
  scanned: string[];
}

/** The sizes of tables are counted again after this many statements. */
const COUNTED_EVERY = 1000;

export class Database {
  readonly #db = new DatabaseSync(":memory:");
  readonly #prepared = new Map<string, Prepared>();
  /** Rows of tables that are scanned, as counted last. */
  readonly #sizes = new Map<string, number>();
  #executed = 0;
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
      return { columns: [], rows: [], rowsWritten: this.#rowsWritten - before, rowsRead: 0 };
    }
    const { statement, columns, scanned } = known ?? this.#prepare(sql);
    const values = params.map(sqlValue);
    let rows: Row[] = [];
    if (columns.length === 0) statement.run(...values);
    else rows = statement.all(...values);
    const rowsRead = rows.length + this.#sizeOf(scanned);
    return { columns, rows, rowsWritten: this.#rowsWritten - before, rowsRead };
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
    const columns = statement.columns().map(({ name }) => name);
    const plan = this.#db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
    const scanned = plan.flatMap(({ detail }) => /^SCAN (\w+)$/.exec(String(detail))?.[1] ?? []);
    const prepared = { statement, columns, scanned: scanned.filter((name) => this.#isTable(name)) };
    this.#prepared.set(sql, prepared);
    return prepared;
  }

  #isTable(name: string): boolean {
    const found = this.#db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?");
    return found.get(name) !== undefined;
  }

  #sizeOf(tables: string[]): number {
    if (tables.length === 0) return 0;
    this.#executed += 1;
    if (this.#executed % COUNTED_EVERY === 0) this.#sizes.clear();
    let sum = 0;
    for (const table of tables) {
      const known = this.#sizes.get(table);
      const size = known ?? Number(this.#db.prepare(`SELECT COUNT(*) AS n FROM "${table}"`).get()?.n);
      this.#sizes.set(table, size);
      sum += size;
    }
    return sum;
  }
}

function sqlValue(value: unknown): SQLInputValue {
  if (typeof value === "boolean") return Number(value);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value === undefined) throw new Error("A parameter of a statement is undefined.");
  return value as SQLInputValue;
}
