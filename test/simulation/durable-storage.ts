/** A Durable Object's storage: SQLite, and keys with values in a table of it. */
import { deserialize, serialize } from "node:v8";
import { Database, type Row } from "./database.ts";

/** What the storage tells its object. */
export interface StorageEvents {
  /** Something was written, this many rows. */
  wrote(rows: number): void;
  read(rows: number): void;
  /** The alarm was set (epoch ms), or deleted. */
  alarmSet(at: number | null): void;
}

const keyTable = "CREATE TABLE IF NOT EXISTS _cf_KV (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID";

export class DurableStorage {
  readonly #events: StorageEvents;
  #db = new Database();
  alarmAt: number | null = null;

  constructor(events: StorageEvents) {
    this.#events = events;
    this.#db.execute(keyTable);
  }

  readonly sql = {
    exec: (query: string, ...params: unknown[]) => {
      const { columns, rows, rowsWritten } = this.#execute(query, params);
      return new Cursor(columns, rows, rowsWritten);
    },
    databaseSize: 0,
  };

  readonly kv = {
    get: (key: string): unknown => {
      const { rows } = this.#execute("SELECT value FROM _cf_KV WHERE key = ?", [key]);
      return rows[0] ? deserialize(rows[0].value as Uint8Array) : undefined;
    },
    put: (key: string, value: unknown): void => {
      this.#execute(
        "INSERT INTO _cf_KV VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        [key, serialize(value)],
      );
    },
    delete: (key: string): boolean => {
      return this.#execute("DELETE FROM _cf_KV WHERE key = ?", [key]).rowsWritten > 0;
    },
    list: ({ prefix = "" } = {}): [string, unknown][] => {
      const { rows } = this.#execute("SELECT key, value FROM _cf_KV ORDER BY key", []);
      const entries = rows.map(({ key, value }): [string, unknown] => [
        String(key),
        deserialize(value as Uint8Array),
      ]);
      return entries.filter(([key]) => key.startsWith(prefix));
    },
  };

  async get(key: string): Promise<unknown> {
    return this.kv.get(key);
  }

  async put(key: string, value: unknown): Promise<void> {
    this.kv.put(key, value);
  }

  async delete(key: string): Promise<boolean> {
    return this.kv.delete(key);
  }

  async list(options?: { prefix?: string }): Promise<Map<string, unknown>> {
    return new Map(this.kv.list(options));
  }

  transactionSync<T>(closure: () => T): T {
    return this.#db.transaction(closure);
  }

  async getAlarm(): Promise<number | null> {
    return this.alarmAt;
  }

  /** Each costs a row written (developers.cloudflare.com/durable-objects/platform/pricing). */
  async setAlarm(at: number | Date): Promise<void> {
    this.alarmAt = Number(at);
    this.#events.wrote(1);
    this.#events.alarmSet(this.alarmAt);
  }

  async deleteAlarm(): Promise<void> {
    this.alarmAt = null;
    this.#events.alarmSet(null);
  }

  async sync(): Promise<void> {}

  async deleteAll(): Promise<void> {
    this.#db.close();
    this.#db = new Database();
    this.#db.execute(keyTable);
    await this.deleteAlarm();
  }

  #execute(query: string, params: unknown[]) {
    const executed = this.#db.execute(query, params);
    this.#events.read(executed.rowsRead);
    if (executed.rowsWritten > 0) this.#events.wrote(executed.rowsWritten);
    return executed;
  }
}

/** The answer to a statement. */
class Cursor {
  readonly columnNames: string[];
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly #rows: Row[];
  #next = 0;

  constructor(columns: string[], rows: Row[], rowsWritten: number) {
    this.columnNames = columns;
    this.#rows = rows;
    this.rowsRead = rows.length;
    this.rowsWritten = rowsWritten;
  }

  next(): IteratorResult<Row> {
    const value = this.#rows[this.#next];
    this.#next += 1;
    return value ? { done: false, value } : { done: true, value: undefined };
  }

  toArray(): Row[] {
    const rest = this.#rows.slice(this.#next);
    this.#next = this.#rows.length;
    return rest;
  }

  one(): Row {
    const [row, ...more] = this.toArray();
    if (!row || more.length > 0) throw new Error("The query's result is not exactly one row.");
    return row;
  }

  *raw(): Iterable<unknown[]> {
    for (const row of this) yield this.columnNames.map((name) => row[name]);
  }

  [Symbol.iterator](): this {
    return this;
  }
}
