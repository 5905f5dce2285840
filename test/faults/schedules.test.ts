/**
 * Batches under faults: errors, hangs and lost answers of every binding, killed consumers and objects, lost, doubled and
 * late messages, dying and refused browsers. `npm run test:faults -- --runs N --seed S` runs more of them.
 */
import { beforeAll, describe, expect, inject, it } from "vitest";
import { installFastClock } from "./fast-clock.ts";
import { keepLogs } from "./log-of.ts";
import { runSchedule } from "./schedule.ts";

/** Schedules that once showed a fault of Trawl's: a consumer waited for ever for a browser pool that hung. */
const pastFaults = [28, 96];

/** Schedules that run at the same time. */
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

describe("A batch completes, exactly once, whatever fails meanwhile", () => {
  it(`in ${runs} random schedules from seed ${seed}`, { timeout: 60_000 + runs * 5000 }, async () => {
    await runAll(Array.from({ length: runs }, (_, n) => seed + n));
  });

  it("in each schedule that once showed a fault", { timeout: 120_000 }, async () => {
    await runAll(pastFaults);
  });
});
