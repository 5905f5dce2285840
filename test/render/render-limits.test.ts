/** The clock of one rendering. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { RemainingTime } from "../../src/render/render-limits.ts";

const limits = {
  navigationTimeout: 10_000,
  settleTimeout: 5000,
  settleQuiet: 150,
  pageTimeout: 20_000,
  maxBytes: 1000,
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("a rendering's time does not run while it waits for others", async () => {
  const time = new RemainingTime(limits);
  await vi.advanceTimersByTimeAsync(4000);
  const { promise, resolve } = Promise.withResolvers<string>();
  const waiting = time.stopWhile(promise);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(time.isUp).toBe(false);
  expect(time.forDocument()).toBe(6000);
  resolve("done");
  expect(await waiting).toBe("done");
  await vi.advanceTimersByTimeAsync(1000);
  expect(time.forDocument()).toBe(5000);
  expect(time.forCapture(true)).toBe(15_000);
  expect(time.untilAbandoned()).toBe(17_000);
  expect(time.timeout("waited", {}).message).toBe("The page waited within 5 s.");
  await vi.advanceTimersByTimeAsync(15_000);
  expect(time.isUp).toBe(true);
});

it("a rendering's time runs on if what it waited for has failed", async () => {
  const time = new RemainingTime(limits);
  await expect(time.stopWhile(Promise.reject(new Error("no")))).rejects.toThrow("no");
  await vi.advanceTimersByTimeAsync(20_000);
  expect(time.isUp).toBe(true);
});
