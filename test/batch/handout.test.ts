/** How many pages a consumer gets. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Handout } from "../../src/batch/handout.ts";
import { exchangeOf } from "./exchange.ts";

describe("Handout", () => {
  it("gives every tab that waits a page, however few are left", () => {
    const handout = new Handout();
    expect(handout.limit(exchangeOf({ needed: 8 }), 1000, 0)).toBe(8);
    expect(handout.limit(exchangeOf({ needed: 8 }), 3, 0)).toBe(8);
  });

  it("gives the only consumer the stock asked for, as far as there are pages", () => {
    const handout = new Handout();
    const limits = [1000, 80, 21, 2, 1, 0].map((ready) => handout.limit(exchangeOf({ ahead: 40 }), ready, 0));
    expect(limits).toEqual([40, 40, 21, 2, 1, 0]);
  });

  it("leaves each of several consumers its share of what is left", () => {
    const handout = new Handout();
    for (const consumer of ["one", "two", "three"]) handout.limit(exchangeOf({ consumer }), 100, 0);
    expect(handout.limit(exchangeOf({ consumer: "four", ahead: 40 }), 80, 0)).toBe(20);
  });

  it("forgets a consumer that has not asked for 10 s", () => {
    const handout = new Handout();
    handout.limit(exchangeOf({ consumer: "one" }), 100, 0);
    const limitAt = (now: number) => handout.limit(exchangeOf({ consumer: "two", ahead: 40 }), 40, now);
    expect([limitAt(10_000), limitAt(10_001)]).toEqual([20, 40]);
  });

  it("gives each of very many a page in stock even at the end, so that not all call for each page", () => {
    const handout = new Handout();
    for (let n = 0; n < 60; n += 1) handout.limit(exchangeOf({ consumer: `${n}` }), 100, 0);
    expect(handout.limit(exchangeOf({ consumer: "0", needed: 1, ahead: 4 }), 10, 0)).toBe(3);
  });

  it("never gives fewer than tabs wait for, nor more than asked for, nor more than are left", () => {
    const call = fc.record({
      consumer: fc.constantFrom("a", "b", "c"),
      needed: fc.nat(20),
      ahead: fc.nat(100),
    });
    fc.assert(
      fc.property(fc.array(call, { maxLength: 50 }), fc.nat(500), (calls, total) => {
        const handout = new Handout();
        let ready = total;
        for (const asked of calls) {
          const limit = handout.limit(exchangeOf(asked), ready, 0);
          expect(limit).toBeGreaterThanOrEqual(asked.needed);
          expect(limit).toBeLessThanOrEqual(asked.needed + asked.ahead);
          const left = ready - asked.needed;
          if (limit > asked.needed) expect(limit - asked.needed).toBeLessThanOrEqual(left);
          ready = Math.max(0, ready - limit);
        }
      }),
    );
  });
});
