import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { root, toolEnvironment } from "../../../scripts/setup/environment.mjs";

/** Half of what Cloudflare's free plan accepts. PDF.js is 450 KiB of it, and its character maps are 300 KiB. */
const limit = 1.5 * 1024 * 1024;

test("the compressed bundle is smaller than 1.5 MiB", { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "trawl-bundle-"));
  try {
    execFileSync("wrangler", ["deploy", "--dry-run", "--outdir", folder], {
      cwd: root,
      env: toolEnvironment(),
    });
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
      /\.(m?js|txt|wasm|bin)$/.test(name),
    );
    expect(files).toContain("index.js");
    const bytes = files.map((name) => gzipSync(readFileSync(join(folder, name))).length);
    expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThan(limit);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
