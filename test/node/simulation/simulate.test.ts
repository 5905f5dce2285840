/** Small simulations. docs/performance.md has the large ones. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { root } from "../../../scripts/setup/environment.mjs";
import { autoscalers } from "../../simulation/autoscaler.ts";
import type { Totals } from "../../simulation/totals.ts";

const PAGES = 200;

async function simulate(...args: string[]): Promise<{ text: string; totals: Totals }> {
  const command = ["scripts/simulate/index.ts", "--json", ...args];
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: root });
  return { text: stdout, totals: JSON.parse(stdout) };
}

const ofPages = (...args: string[]) => simulate("--pages", String(PAGES), "--consumers", "10", ...args);

describe("however Queues adds consumers", () => {
  it.each(autoscalers)("%s: each page is rendered and completed once", { timeout: 60_000 }, async (model) => {
    const { totals } = await ofPages("--autoscaler", model);
    expect(totals).toMatchObject({ completed: PAGES, failed: 0, rendered: PAGES });
    expect(totals.seconds).toBeGreaterThanOrEqual(totals.bound);
  });
});

describe("whatever fails", { timeout: 60_000 }, () => {
  it("pages of killed consumers are rendered by others", async () => {
    // Few tabs, so that a consumer's run outlasts the minute in which it is killed.
    const few = ["--browsers", "2", "--tabs", "2"];
    // So many kills that some pages lose three attempts.
    const { totals } = await ofPages("--kills", "0.9", "--set", "MAX_ATTEMPTS=10", ...few);
    expect(totals.consumers.killed).toBeGreaterThan(0);
    expect(totals).toMatchObject({ completed: PAGES, failed: 0 });
  });

  it("every page ends although browsers do without warning", async () => {
    const { totals } = await ofPages("--deaths", "0.01");
    expect(totals.browsers.launched).toBeGreaterThan(1);
    expect(totals.completed + totals.failed).toBe(PAGES);
  });

  it("launches that are refused are tried again", async () => {
    const { totals } = await ofPages("--unavailable", "0.5");
    expect(totals.browsers.refused).toHaveProperty(["503 No browser available"]);
    expect(totals.completed).toBe(PAGES);
  });

  it("a batch waits for the next day when the free plan's browser time is used up", async () => {
    const work = ["--pages", "300", "--pages-take", "20"];
    const { totals } = await simulate(...work, "--plan", "free", "--browsers", "3", "--autoscaler", "single");
    expect(totals.browsers.refused).toHaveProperty(["429 Browser time limit exceeded for today"]);
    expect(totals.completed).toBe(300);
    // It begins two hours before midnight.
    expect(totals.seconds).toBeGreaterThan(2 * 3600);
  });
});

it("the same seed gives the same result", { timeout: 60_000 }, async () => {
  const faults = ["--pages-take", "heavy-tail", "--deaths", "0.01", "--kills", "0.1"];
  const [one, same, other] = await Promise.all(
    ["1", "1", "2"].map((seed) => ofPages(...faults, "--seed", seed)),
  );
  expect(same?.text).toBe(one?.text);
  expect(other?.text).not.toBe(one?.text);
});
