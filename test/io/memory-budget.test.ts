/** Reservations of memory, on a clock that the tests advance. */
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MemoryBudget } from "../../src/io/memory-budget.ts";
import { TimeLimitError } from "../../src/io/time-limit.ts";

const budgetBytes = 100;
const freeBytes = 5;
const maxHeldMs = 500;
const limitMs = 20_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const newBudget = (heldMs = 60_000) => new MemoryBudget({ bytes: budgetBytes, freeBytes, maxHeldMs: heldMs });
const counted = (bytes: number) => (bytes <= freeBytes ? 0 : Math.min(bytes, budgetBytes));

/** One that asks for memory at some time, holds it for a while, and then releases it, or dies without a word. */
interface Holder {
  /** ms since the one before. */
  afterMs: number;
  bytes: number;
  holdMs: number;
  dies: boolean;
}

const holders: fc.Arbitrary<Holder[]> = fc.array(
  fc.record({
    afterMs: fc.nat(60),
    bytes: fc.oneof(fc.nat(budgetBytes * 2), fc.nat(20)),
    holdMs: fc.nat(maxHeldMs - 1),
    dies: fc.integer({ min: 1, max: 8 }).map((n) => n === 1),
  }),
  { minLength: 1, maxLength: 8 },
);

it("is never exceeded, grants in order, and is free again in the end, whatever its holders do", async () => {
  await fc.assert(
    fc.asyncProperty(holders, async (all) => {
      const budget = newBudget(maxHeldMs);
      const granted: number[] = [];
      let held = 0;
      const hold = async ({ bytes, holdMs, dies }: Holder, n: number) => {
        const reservation = await budget.reserve(bytes, { limitMs });
        if (bytes > freeBytes) granted.push(n);
        held += counted(bytes);
        expect(held).toBeLessThanOrEqual(budgetBytes);
        expect(budget.reservedBytes).toBe(held);
        await new Promise((resolve) => setTimeout(resolve, dies ? maxHeldMs + 1 : holdMs));
        held -= counted(bytes);
        if (dies) return;
        reservation.release();
        reservation.release();
      };
      const running: Promise<void>[] = [];
      for (const [n, holder] of all.entries()) {
        await vi.advanceTimersByTimeAsync(holder.afterMs);
        running.push(hold(holder, n));
      }
      await vi.advanceTimersByTimeAsync(limitMs + maxHeldMs + 1000);
      await Promise.all(running);
      expect(granted).toEqual(granted.toSorted((one, other) => one - other));
      expect(budget.reservedBytes).toBe(0);
      expect(budget.hasRoomFor(budgetBytes)).toBe(true);
    }),
    { numRuns: 30 },
  );
});

describe("a reservation", () => {
  it("is waited for as long as the caller says", async () => {
    const budget = newBudget();
    const first = await budget.reserve(60, { limitMs });
    const refused = expect(budget.reserve(90, { limitMs: 300 })).rejects.toThrow(TimeLimitError);
    await vi.advanceTimersByTimeAsync(310);
    await refused;
    first.release();
    expect(budget.hasRoomFor(budgetBytes)).toBe(true);
  });

  it("of little never waits, not even behind others", async () => {
    const budget = newBudget();
    await budget.reserve(budgetBytes, { limitMs });
    void budget.reserve(50, { limitMs }).catch(() => {});
    expect(budget.hasRoomFor(freeBytes)).toBe(true);
    await budget.reserve(freeBytes, { limitMs });
  });

  it("of more than all there is gets all of it", async () => {
    const budget = newBudget();
    const everything = await budget.reserve(budgetBytes * 3, { limitMs });
    expect(budget.hasRoomFor(freeBytes + 1)).toBe(false);
    everything.release();
    expect(budget.hasRoomFor(budgetBytes)).toBe(true);
  });

  it("is not overtaken by a smaller one that would fit", async () => {
    const budget = newBudget();
    const first = await budget.reserve(60, { limitMs });
    const order: string[] = [];
    void budget.reserve(90, { limitMs }).then(() => order.push("large"));
    void budget.reserve(10, { limitMs }).then(() => order.push("small"));
    await vi.advanceTimersByTimeAsync(1000);
    expect(order).toEqual([]);
    first.release();
    await vi.advanceTimersByTimeAsync(1000);
    expect(order).toEqual(["large", "small"]);
  });

  it("that is not wanted any more leaves the line at once", async () => {
    const budget = newBudget();
    await budget.reserve(60, { limitMs });
    let isWanted = true;
    const unwanted = budget.reserve(90, { limitMs, isWanted: () => isWanted });
    const refused = expect(unwanted).rejects.toThrow(TimeLimitError);
    const other = budget.reserve(10, { limitMs });
    isWanted = false;
    await vi.advanceTimersByTimeAsync(100);
    await refused;
    await other;
  });

  it("does not wait behind one whose invocation has ended", async () => {
    const budget = newBudget();
    await budget.reserve(60, { limitMs });
    // Its timers never fire again.
    const realSetTimeout = globalThis.setTimeout;
    globalThis.setTimeout = (() => 0) as unknown as typeof setTimeout;
    void budget.reserve(90, { limitMs });
    globalThis.setTimeout = realSetTimeout;
    const next = budget.reserve(10, { limitMs });
    await vi.advanceTimersByTimeAsync(10_000);
    await next;
  });
});
