/** Runs `npm run probe` against `wrangler dev`. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningWorker, startWorker } from "../../scripts/trawl/worker.ts";
import { npmRun } from "./command.ts";

const folder = mkdtempSync(join(tmpdir(), "trawl-probe-"));
const ADMIN_TOKEN = "the operator's token in these tests";
let worker: RunningWorker;

beforeAll(async () => {
  worker = await startWorker({
    persistTo: join(folder, "state"),
    vars: { ALLOW_PRIVATE_NETWORK: true, ADMIN_TOKEN },
  });
});

afterAll(async () => {
  await worker?.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
});

test("a probe renders its 25 pages, counts consumers, and keeps what it found", async () => {
  const file = join(folder, "probe.json");
  const args = ["--url", worker.origin, "--consumers", "4", "--json", file];
  const command = npmRun("probe", args, { ADMIN_TOKEN });
  expect({ code: await command.ended, log: command.stderr() }).toMatchObject({ code: 0 });
  const found = JSON.parse(readFileSync(file, "utf8"));
  expect(found).toMatchObject({
    url: worker.origin,
    chrome: expect.stringMatching(/Chrome\/\d+/),
    launchMs: expect.any(Number),
    roundTripMs: { median: expect.any(Number) },
    disposeMs: expect.any(Number),
    rates: [
      { tabs: 1, pages: 5, failed: 0 },
      { tabs: 4, pages: 8, failed: 0 },
      { tabs: 8, pages: 12, failed: 0 },
    ],
    location: { asked: "JP" },
    settings: { TABS_PER_LEASE: 8, MAX_BROWSERS: 10 },
    failures: [],
  });
  expect(found.consumers.most).toBeGreaterThanOrEqual(1);
  expect(command.stdout()).toMatch(/8 tabs +[\d.]+ pages\/s \(12 pages\)/);
});

test("a probe without the deployment's token ends at once and does not show the token", async () => {
  const command = npmRun("probe", ["--url", worker.origin], { ADMIN_TOKEN: "not-the-token" });
  expect(await command.ended).toBe(2);
  expect(command.stderr()).toContain("refuses the ADMIN_TOKEN");
  expect(command.stderr() + command.stdout()).not.toContain("not-the-token");
});
