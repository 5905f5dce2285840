/**
 * Counts rows written as Cloudflare does: one for each row inserted, changed or deleted, and one for each index entry
 * that this makes. An update makes an entry in an index if it sets one of its columns, or one of its condition's, and
 * the row meets the condition. (Compared with what `rowsWritten` says in workerd.)
 *
 * Triggers do the counting. They are temporary, so the code does not see them.
 */
import type { DatabaseSync } from "node:sqlite";

interface Index {
  columns: string[];
  /** It indexes an expression, so that any change may concern it. */
  hasExpressions: boolean;
  /** SQL that says whether the row NEW is in the index. */
  condition: string;
  conditionColumns: string[];
}

/** Counts what is written to the tables that there are now. To be called again when the schema has changed. */
export function countRows(db: DatabaseSync): void {
  const triggers = rowsOf(db, "SELECT name FROM sqlite_temp_schema WHERE type = 'trigger'");
  for (const { name } of triggers) db.exec(`DROP TRIGGER temp."${name}"`);
  const tables = rowsOf(
    db,
    "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table'",
  );
  for (const { name, wr } of tables) {
    if (!String(name).startsWith("sqlite_")) countTable(db, String(name), wr === 1);
  }
}

function countTable(db: DatabaseSync, table: string, isWithoutRowid: boolean): void {
  const columns = rowsOf(db, `SELECT name FROM pragma_table_info('${table}')`).map(({ name }) =>
    String(name),
  );
  const indexes = indexesOf(db, table, columns, isWithoutRowid);
  const add = (name: string, event: string, count: string) =>
    db.exec(`CREATE TEMP TRIGGER "${table}: ${name}" AFTER ${event} ON main."${table}"
      BEGIN SELECT rows_written(${count}); END`);
  add("insert", "INSERT", ["1", ...indexes.map(({ condition }) => condition)].join(" + "));
  add("update", "UPDATE", "1");
  add("delete", "DELETE", "1");
  for (const [n, index] of indexes.entries()) {
    const watched = [...new Set([...index.columns, ...index.conditionColumns])].map((name) => `"${name}"`);
    const event = index.hasExpressions ? "UPDATE" : `UPDATE OF ${watched.join(", ")}`;
    add(`index ${n}`, event, index.condition);
  }
}

function indexesOf(db: DatabaseSync, table: string, columns: string[], isWithoutRowid: boolean): Index[] {
  return rowsOf(db, `SELECT name, origin FROM pragma_index_list('${table}')`)
    .filter(({ origin }) => !(isWithoutRowid && origin === "pk"))
    .map(({ name }) => {
      const parts = rowsOf(db, `SELECT cid, name FROM pragma_index_info('${name}')`);
      const [made] = rowsOf(db, `SELECT sql FROM sqlite_schema WHERE name = '${name}'`);
      const where = /\sWHERE\s([\s\S]+)$/i.exec(String(made?.sql ?? ""))?.[1];
      const named = columns.filter((column) => where && wordOf(column).test(where));
      const ofNewRow = named.reduce(
        (sql, column) => sql.replace(wordOf(column), `NEW."${column}"`),
        where ?? "1",
      );
      return {
        columns: parts.flatMap((part) => (part.name === null ? [] : [String(part.name)])),
        hasExpressions: parts.some(({ cid }) => cid === -2),
        condition: `IFNULL((${ofNewRow}), 0)`,
        conditionColumns: named,
      };
    });
}

/** A column's name in SQL, quoted or not, outside of strings. */
function wordOf(column: string): RegExp {
  return new RegExp(`(?<![\\w'."])["\`]?\\b${column}\\b["\`]?(?!['.])`, "g");
}

function rowsOf(db: DatabaseSync, query: string): Record<string, unknown>[] {
  return db.prepare(query).all();
}
