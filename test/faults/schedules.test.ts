/**
 * Batches under faults: every binding fails, hangs or loses its responses; consumers and objects are killed; messages
 * are lost, duplicated or late; browsers die or are refused. `npm run test:faults -- --runs N --seed S` runs more.
 */
import { beforeAll, describe, expect, inject, it } from "vitest";
import { installFastClock } from "./fast-clock.ts";
import { keepLogs } from "./kept-logs.ts";
import { runSchedule } from "./schedule.ts";

/** Schedules that once failed: a consumer waited forever for a browser pool that hung. */
const pastFaults = [28, 96];

/** How many schedules run at the same time. */
const AT_ONCE = 8;

declare module "vitest" {
  interface ProvidedContext {
    faults: { runs: number; seed: number };
  }
}

const { runs, seed } = inject("faults");

beforeAll(() => {
  installFastClock();
  keepLogs();
});

async function runAll(seeds: number[]): Promise<void> {
  const failures: string[] = [];
  const left = [...seeds];
  const oneAfterAnother = async () => {
    for (let next = left.shift(); next !== undefined && failures.length < 3; next = left.shift()) {
      await runSchedule(next).catch((thrown) => failures.push(String(thrown.message)));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, oneAfterAnother));
  expect(failures.join("\n\n")).toBe("");
}

describe("A batch completes exactly once, whatever fails meanwhile", () => {
  it(`in ${runs} random schedules from seed ${seed}`, { timeout: 60_000 + runs * 5000 }, async () => {
    await runAll(Array.from({ length: runs }, (_, n) => seed + n));
  });

  it("in each schedule that once failed", { timeout: 120_000 }, async () => {
    await runAll(pastFaults);
  });
});
