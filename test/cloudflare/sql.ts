/** D1's `/query` on SQLite. */
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { ApiError } from "./api-error.ts";

/** Runs the statements in one transaction, like D1. */
export function runSql(sqlite: DatabaseSync, sql: string, params: SQLInputValue[] = []) {
  const statements = splitStatements(sql);
  if (statements.length === 0) throw new ApiError(400, 7500, "No SQL statements detected.");
  sqlite.exec("BEGIN");
  try {
    const results = statements.map((statement) => {
      const before = changesOf(sqlite);
      const results = sqlite.prepare(statement).all(...params);
      const changes = changesOf(sqlite) - before;
      return {
        results,
        success: true,
        meta: {
          served_by: "fake",
          duration: 0,
          changes,
          changed_db: changes > 0,
          rows_read: 0,
          rows_written: changes,
        },
      };
    });
    sqlite.exec("COMMIT");
    return results;
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
