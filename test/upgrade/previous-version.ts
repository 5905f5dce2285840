/**
 * The previous version of the Worker, as it was uploaded: its bundle, kept in this folder so that a clone needs nothing
 * else to run it. A release replaces it: see CONTRIBUTING.md.
 */

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { root } from "../../scripts/setup/environment.mjs";

const file = join(import.meta.dirname, "previous-version.br");
const migrationsFolder = join(root, "migrations");

interface PreviousVersion {
  /** The commit it was made from. */
  commit: string;
  /** The bundle's files by name, in base64. */
  modules: Record<string, string>;
  /** SHA-256 of its migrations by name. */
  migrations: Record<string, string>;
}

export function previousVersion(): PreviousVersion {
  return JSON.parse(brotliDecompressSync(readFileSync(file)).toString()) as PreviousVersion;
}

/** @param bundle folder that `wrangler deploy --outdir` wrote */
export function keepVersion(commit: string, bundle: string, migrations = migrationDigests()): void {
  const names = readdirSync(bundle, { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.(m?js|txt|wasm|bin)$/.test(name),
  );
  const modules = Object.fromEntries(
    names.map((name) => [name, readFileSync(join(bundle, name)).toString("base64")]),
  );
  const kept: PreviousVersion = { commit, modules, migrations };
  const text = Buffer.from(JSON.stringify(kept));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };
  writeFileSync(file, brotliCompressSync(text, { params }));
}

export function migrationDigests(folder = migrationsFolder): Record<string, string> {
  const names = readdirSync(folder).filter((name) => name.endsWith(".sql"));
  return Object.fromEntries(
    names.sort().map((name) => [
      name,
      createHash("sha256")
        .update(readFileSync(join(folder, name)))
        .digest("hex"),
    ]),
  );
}

/**
 * Writes the previous version into `folder`, with its migrations, its secrets and a configuration that names the same
 * resources as wrangler.toml. Returns the configuration's path.
 */
export function unpackPreviousVersion(folder: string): string {
  const { modules, migrations } = previousVersion();
  for (const [name, base64] of Object.entries(modules)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), Buffer.from(base64, "base64"));
  }
  mkdirSync(join(folder, "migrations"), { recursive: true });
  for (const name of Object.keys(migrations)) {
    writeFileSync(join(folder, "migrations", name), readFileSync(join(migrationsFolder, name)));
  }
  writeFileSync(join(folder, ".dev.vars"), readFileSync(join(root, ".dev.vars")));
  const config = readFileSync(join(root, "wrangler.toml"), "utf8")
    .replace(/^main = .*$/m, 'main = "index.js"\nno_bundle = true\nfind_additional_modules = true')
    .replace(/^minify = .*$/m, "")
    .replace(/globs = \[.*\]/, 'globs = ["**/*.page.js"]');
  const path = join(folder, "wrangler.toml");
  writeFileSync(path, config);
  return path;
}
