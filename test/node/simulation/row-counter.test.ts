import { beforeEach, expect, test } from "vitest";
import { Database } from "../../simulation/database.ts";

let db: Database;

beforeEach(() => {
  db = new Database();
  db.execute("CREATE TABLE a (id INTEGER PRIMARY KEY, s INTEGER, d INTEGER, x TEXT)");
  db.execute("CREATE TABLE k (id TEXT PRIMARY KEY, x TEXT)");
  db.execute("CREATE TABLE w (id TEXT PRIMARY KEY, x TEXT) WITHOUT ROWID");
  db.execute("CREATE INDEX a_zero ON a (d, id) WHERE s = 0");
  db.execute("CREATE INDEX a_one ON a (d) WHERE s = 1");
  db.execute("CREATE INDEX a_text ON a (x)");
});

/** The figures are `rowsWritten` of the same statements in a Durable Object, run in workerd. */
test("rows are counted as workerd counts them", () => {
  const statements: [sql: string, rows: number][] = [
    ["INSERT INTO a VALUES (1, 0, 5, 'a')", 3],
    ["INSERT INTO a VALUES (2, 0, 5, 'a'), (3, 1, 5, 'a')", 6],
    ["INSERT OR IGNORE INTO a VALUES (2, 0, 5, 'a')", 0],
    ["INSERT INTO k VALUES ('x', 'y')", 2],
    ["INSERT INTO w VALUES ('x', 'y')", 1],
    ["UPDATE w SET x = 'p'", 1],
    ["UPDATE a SET s = 1 WHERE id = 1", 2],
    ["UPDATE a SET s = 2 WHERE id = 1", 1],
    ["UPDATE a SET d = 6 WHERE id = 2", 2],
    ["UPDATE a SET x = 'b' WHERE id = 2", 2],
    ["UPDATE a SET x = 'b' WHERE id = 2", 2],
    ["UPDATE a SET s = 1, d = 7, x = 'q' WHERE id = 2", 3],
    ["UPDATE k SET x = 'z'", 1],
    ["UPDATE k SET id = 'z'", 2],
    ["INSERT INTO k VALUES ('z', 'y') ON CONFLICT (id) DO UPDATE SET x = 'w'", 1],
    ["INSERT OR REPLACE INTO k VALUES ('z', 'y')", 2],
    ["DELETE FROM a WHERE id = 1", 1],
    ["DELETE FROM k", 1],
  ];
  const counted = statements.map(([sql]) => [sql, db.execute(sql).rowsWritten]);
  expect(counted).toEqual(statements);
});

test("rows of a table made later are counted, too", () => {
  db.execute("CREATE TABLE later (x TEXT)");
  expect(db.execute("INSERT INTO later VALUES ('a'), ('b')").rowsWritten).toBe(2);
});

test("what a failed transaction wrote is undone", () => {
  const failing = () => {
    db.execute("INSERT INTO w VALUES ('a', 'b')");
    throw new Error("no");
  };
  expect(() => db.transaction(failing)).toThrow("no");
  expect(db.execute("SELECT * FROM w").rows).toEqual([]);
});
