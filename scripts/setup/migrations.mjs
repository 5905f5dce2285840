/** Setup step: applies the migrations to the local D1 database. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, toolEnvironment } from "./environment.mjs";
import { SetupError } from "./setup-error.mjs";

/**
 * Applies missing migrations to a local database.
 *
 * @param {string} [stateFolder] wrangler's `--persist-to`. Defaults to `.wrangler/state`
 * @param {(line: string) => void} [say]
 * @returns {boolean} whether wrangler had to run
 * @throws {SetupError}
 */
export function applyMigrations(stateFolder, say = () => {}) {
  const state = stateFolder ?? join(root, ".wrangler", "state");
  const databases = join(state, "v3", "d1");
  const record = join(databases, "applied-migrations.json");
  const wanted = migrationsDigest(root);
  if (isApplied(record, databases, wanted)) return false;

  const args = [
    "d1",
    "migrations",
    "apply",
    "DB",
    "--local",
    ...(stateFolder ? ["--persist-to", stateFolder] : []),
  ];
  const applied = spawnSync("wrangler", args, {
    cwd: root,
    env: { ...toolEnvironment(), CI: "true" },
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
  });
  if (applied.status !== 0) {
    throw new SetupError(
      `wrangler ${args.join(" ")} failed. If the local database is broken, delete ${state} and try again.\n` +
        `${applied.error ?? `${applied.stdout}${applied.stderr}`}`,
    );
  }
  writeFileSync(record, JSON.stringify({ migrations: wanted, files: databaseFiles(databases) }));
  say("applied migrations to the local database");
  return true;
}

/**
 * Whether the record matches these migrations and the current database files. A file that was deleted and created again
 * does not match.
 *
 * @param {string} record
 * @param {string} databases
 * @param {string} wanted
 */
function isApplied(record, databases, wanted) {
  if (!existsSync(record)) return false;
  const { migrations, files } = JSON.parse(readFileSync(record, "utf8"));
  const now = databaseFiles(databases);
  return migrations === wanted && Object.entries(files).every(([name, inode]) => now[name] === inode);
}

/**
 * Hash of the migrations and of wrangler.toml, which names the database.
 *
 * @param {string} folder
 */
function migrationsDigest(folder) {
  const hash = createHash("sha256").update(readFileSync(join(folder, "wrangler.toml")));
  const names = readdirSync(join(folder, "migrations")).filter((name) => name.endsWith(".sql"));
  for (const name of names.sort()) hash.update(name).update(readFileSync(join(folder, "migrations", name)));
  return hash.digest("hex");
}

/**
 * @param {string} databases
 * @returns {Record<string, number>} inode numbers, keyed by path
 */
function databaseFiles(databases) {
  const folders = readdirSync(databases, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return Object.fromEntries(
    folders.flatMap(({ name: folder }) =>
      readdirSync(join(databases, folder))
        .filter((name) => name.endsWith(".sqlite"))
        .map((name) => [`${folder}/${name}`, statSync(join(databases, folder, name)).ino]),
    ),
  );
}
