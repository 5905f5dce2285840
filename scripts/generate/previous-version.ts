/** Keeps the version that is checked out as the previous one, for the test of upgrades: node scripts/generate/previous-version.ts */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keepVersion } from "../../test/upgrade/previous-version.ts";
import { root, toolEnvironment } from "../setup/environment.mjs";

const bundle = mkdtempSync(join(tmpdir(), "trawl-version-"));
try {
  execFileSync("wrangler", ["deploy", "--dry-run", "--outdir", bundle], {
    cwd: root,
    env: toolEnvironment(),
  });
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, encoding: "utf8" });
  keepVersion(commit.trim(), bundle);
} finally {
  rmSync(bundle, { recursive: true, force: true });
}
