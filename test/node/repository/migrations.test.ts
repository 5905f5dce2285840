/** Migrations only add: the previous version runs on the new tables during a deployment, and after a rollback. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../../scripts/setup/environment.mjs";
import { migrationDigests, previousVersion } from "../../upgrade/previous-version.ts";

const folder = join(root, "migrations");
const additions = [
  /^CREATE TABLE /,
  /^CREATE INDEX /,
  // A column that old code does not fill must do without it.
  /^ALTER TABLE `\w+` ADD `\w+` \w+(?: DEFAULT \S+)?(?: NOT NULL)?$/,
  /^UPDATE /,
];

const statementsIn = (sql: string) =>
  sql
    .split(/-->.*|;/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");

function isAddition(statement: string): boolean {
  const isMandatory = /^ALTER .* NOT NULL/.test(statement) && !/ DEFAULT /.test(statement);
  return !isMandatory && additions.some((pattern) => pattern.test(statement));
}

const names = readdirSync(folder)
  .filter((name) => name.endsWith(".sql"))
  .sort();
const [first = "", ...later] = names;

test.each(later)("%s only adds", (name) => {
  const statements = statementsIn(readFileSync(join(folder, name), "utf8"));
  expect(statements.filter((statement) => !isAddition(statement))).toEqual([]);
});

test("the first migration creates tables and nothing else", () => {
  const statements = statementsIn(readFileSync(join(folder, first), "utf8"));
  expect(statements.filter((statement) => !/^CREATE (?:TABLE|(?:UNIQUE )?INDEX) /.test(statement))).toEqual(
    [],
  );
});

test.each([
  "DROP TABLE `items`",
  "ALTER TABLE `items` RENAME COLUMN `url` TO `address`",
  "ALTER TABLE `items` DROP COLUMN `url`",
  "ALTER TABLE `items` ADD `size` integer NOT NULL",
  "CREATE UNIQUE INDEX `items_url` ON `items` (`url`)",
  "DELETE FROM `items`",
])("%s would be found", (statement) => {
  expect(isAddition(statement)).toBe(false);
});

test("the migrations of the previous version are as they were", () => {
  expect(migrationDigests()).toMatchObject(previousVersion().migrations);
});

test("Durable Objects create their tables only if they are missing", () => {
  for (const file of ["src/batch/ledger-tables.ts", "src/browsers/sessions.ts"]) {
    const source = readFileSync(join(root, file), "utf8");
    expect(source.match(/\b(?:CREATE (?:TABLE|INDEX) (?!IF NOT EXISTS)|DROP |ALTER )/g)).toBeNull();
  }
});
