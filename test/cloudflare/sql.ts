/** D1's `/query` on SQLite. */
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { ApiError } from "./api-error.ts";

interface Ran {
  columns: string[];
  rows: unknown[][];
  changes: number;
}

/** As `/query` answers: rows as objects. */
export function runQuery(sqlite: DatabaseSync, sql: string, params?: SQLInputValue[]) {
  return run(sqlite, sql, params).map(({ columns, rows, changes }) => ({
    results: rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]]))),
    ...outcome(changes),
  }));
}

/** As `/raw` answers: rows as arrays. */
export function runRaw(sqlite: DatabaseSync, sql: string, params?: SQLInputValue[]) {
  return run(sqlite, sql, params).map(({ columns, rows, changes }) => ({
    results: { columns, rows },
    ...outcome(changes),
  }));
}

function outcome(changes: number) {
  const meta = { served_by: "fake", duration: 0, changes, rows_read: 0, rows_written: changes };
  return { success: true, meta: { ...meta, changed_db: changes > 0 } };
}

/** Runs the statements in one transaction, like D1. */
function run(sqlite: DatabaseSync, sql: string, params: SQLInputValue[] = []): Ran[] {
  const statements = splitStatements(sql);
  if (statements.length === 0) throw new ApiError(400, 7500, "No SQL statements detected.");
  sqlite.exec("BEGIN");
  try {
    const ran = statements.map((text) => {
      const before = changesOf(sqlite);
      const statement = sqlite.prepare(text);
      statement.setReturnArrays(true);
      const rows = statement.all(...params) as unknown as unknown[][];
      const columns = statement.columns().map(({ name }) => name);
      return { columns, rows, changes: changesOf(sqlite) - before };
    });
    sqlite.exec("COMMIT");
    return ran;
  } catch (error) {
    sqlite.exec("ROLLBACK");
    throw new ApiError(400, 7500, `${(error as Error).message}: SQLITE_ERROR`);
  }
}

export function isReadOnly(sql: string): boolean {
  return splitStatements(sql).every((statement) => /^\s*(select|pragma|explain)\b/i.test(statement));
}

function changesOf(sqlite: DatabaseSync): number {
  return Number(sqlite.prepare("SELECT total_changes() AS n").get()?.n);
}

/** Statements without comments. A `;` within quotes ends none. */
function splitStatements(sql: string): string[] {
  const tokens = sql.match(
    /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|--[^\n]*|\/\*[\s\S]*?\*\/|;|[^;'"`/-]+|[-/]/g,
  );
  const statements = [""];
  for (const token of tokens ?? []) {
    if (token.startsWith("--") || token.startsWith("/*")) continue;
    if (token === ";") statements.push("");
    else statements[statements.length - 1] += token;
  }
  return statements.map((statement) => statement.trim()).filter(Boolean);
}
