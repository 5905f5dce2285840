/**
 * A copy of the repository in which setup really runs, with fakes of the programs it calls: npm, wrangler and browsers.
 * Each fake logs its calls in `calls.log`.
 */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "../../../../scripts/setup/environment.mjs";

const locked = {
  "": { name: "copy" },
  "node_modules/wrangler": { version: "4.0.0", integrity: "sha512-wrangler" },
  "node_modules/miniflare": { version: "5.0.0", integrity: "sha512-miniflare" },
  "node_modules/for-another-platform": { version: "1.0.0", optional: true },
};

/** Installs these packages like `npm ci`. */
const npm = `
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
appendFileSync("calls.log", "npm " + process.argv.slice(2).join(" ") + "\\n");
if (process.env.NPM_FAILS) process.exit(1);
rmSync("node_modules", { recursive: true, force: true });
const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8"));
const installed = Object.entries(packages).filter(([path, { optional }]) => path && !optional);
for (const [path] of installed) {
  mkdirSync(path, { recursive: true });
  writeFileSync(path + "/package.json", JSON.stringify({ main: "index.js" }));
  writeFileSync(path + "/index.js", 'var BROWSER_VERSION = "1.2.3.4";');
}
mkdirSync("node_modules/.bin");
writeFileSync("node_modules/.bin/wrangler", readFileSync("wrangler.sh"), { mode: 0o755 });
writeFileSync("node_modules/.package-lock.json", JSON.stringify({ packages: Object.fromEntries(installed) }));
`;

/** Creates a database file, like `wrangler d1 migrations apply`. */
const wrangler = `#!/bin/sh
echo "wrangler $*" >> calls.log
[ -n "$WRANGLER_FAILS" ] && { echo "no such table" >&2; exit 1; }
mkdir -p .wrangler/state/v3/d1/objects && echo > .wrangler/state/v3/d1/objects/main.sqlite
`;

/** Responds to the DevTools HTTP requests that setup sends. */
const browser = `#!${process.execPath}
import { appendFileSync } from "node:fs";
import { createServer } from "node:http";
import { basename } from "node:path";
appendFileSync(process.env.CALLS, "browser " + basename(process.argv[1]) + "\\n");
const answers = { "/json/version": { Browser: "Chrome/1.2.3.4" }, "/json/list": [{ title: "42" }] };
const server = createServer((request, response) => response.end(JSON.stringify(answers[request.url] ?? {})));
server.listen(0, "127.0.0.1", () => {
  console.error("DevTools listening on ws://127.0.0.1:" + server.address().port + "/devtools/browser/1");
});
`;

const brokenBrowser = `#!/bin/sh
echo "browser $(basename "$0")" >> "$CALLS"
echo "cannot open display" >&2
exit 3
`;

export class RepositoryCopy {
  readonly folder = mkdtempSync(join(tmpdir(), "trawl-set-up-"));

  constructor() {
    cpSync(join(root, "scripts", "setup"), this.path("scripts/setup"), { recursive: true });
    this.write("package.json", JSON.stringify({ name: "copy", type: "module" }));
    this.write("package-lock.json", JSON.stringify({ packages: locked }));
    this.write("wrangler.toml", 'name = "copy"\n');
    this.write("migrations/0000_start.sql", "CREATE TABLE a (b TEXT);\n");
    this.write("npm.js", npm);
    this.write("wrangler.sh", wrangler);
    this.browser("chrome");
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
  }

  read(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }

  has(name: string): boolean {
    return existsSync(this.path(name));
  }

  remove(name: string): void {
    rmSync(this.path(name), { recursive: true });
  }

  /** Adds a browser at `name`, a path in this folder. */
  browser(name: string, { works = true } = {}): string {
    this.write(name, works ? browser : brokenBrowser);
    chmodSync(this.path(name), 0o755);
    return this.path(name);
  }

  /** Runs setup. `calls` lists the programs it called. */
  setUp(
    args: string[] = [],
    env: Record<string, string> = {},
  ): SpawnSyncReturns<string> & { calls: string[] } {
    rmSync(this.path("calls.log"), { force: true });
    const result = spawnSync(process.execPath, ["scripts/setup/index.mjs", ...args], {
      cwd: this.folder,
      encoding: "utf8",
      env: {
        HOME: this.folder,
        PATH: `${this.path("bin")}:${dirname(process.execPath)}:/usr/bin:/bin`,
        CHROME_PATH: this.path("chrome"),
        CALLS: this.path("calls.log"),
        npm_execpath: this.path("npm.js"),
        ...env,
      },
    });
    const calls = this.has("calls.log") ? this.read("calls.log").trim().split("\n") : [];
    return { ...result, calls };
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
