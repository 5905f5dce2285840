/** Which batches have pages, and whose turn it is. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Roster } from "../../src/dispatch/roster.ts";
import type { Announcement, BatchWork } from "../../src/protocol/work.ts";

function announcement(batchId: string, change: Partial<Announcement> = {}): Announcement {
  return { batchId, accountId: "account", country: null, waiting: 10, rendering: 0, ...change };
}

function rosterOf(announcements: Announcement[]): Roster {
  const roster = new Roster();
  for (const one of announcements) roster.announced(one, 0);
  return roster;
}

/** Batches of several accounts, each with a number of its own. */
const announcements = fc
  .array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 30 })
  .map((batches) =>
    batches.flatMap((count, account) =>
      Array.from({ length: count }, (_, n) =>
        announcement(`${account}/${n}`, { accountId: `account ${account}` }),
      ),
    ),
  )
  .chain((all) => fc.shuffledSubarray(all, { minLength: all.length }));

function timesNamed(turns: BatchWork[]): number[] {
  return Array.from(Map.groupBy(turns, ({ accountId }) => accountId).values(), (batches) => batches.length);
}

describe("turns", () => {
  it("name each batch at most once, up to 20, and no batch that does not wait", () => {
    fc.assert(
      fc.property(announcements, (all) => {
        const waiting = all.map((one, n) => ({ ...one, waiting: n % 3 === 0 ? 0 : 5, rendering: 1 }));
        const ids = rosterOf(waiting)
          .turns(null)
          .map(({ batchId }) => batchId);
        expect(new Set(ids).size).toBe(ids.length);
        const able = waiting.filter((one) => one.waiting > 0).map(({ batchId }) => batchId);
        expect(ids).toHaveLength(Math.min(20, able.length));
        for (const id of ids) expect(able).toContain(id);
      }),
    );
  });

  it("name every account before a second batch of any, whatever has been named before", () => {
    fc.assert(
      fc.property(announcements, fc.integer({ min: 1, max: 5 }), (all, rounds) => {
        const roster = rosterOf(all);
        const owned = Map.groupBy(all, ({ accountId }) => accountId);
        for (let round = 0; round < rounds; round += 1) {
          const turns = roster.turns(null);
          const first = turns.slice(0, owned.size).map(({ accountId }) => accountId);
          expect(new Set(first).size).toBe(first.length);
          const most = Math.max(...timesNamed(turns));
          for (const [account, batches] of owned) {
            const named = turns.filter(({ accountId }) => accountId === account).length;
            expect(named).toBeGreaterThanOrEqual(Math.min(batches.length, most - 1));
          }
        }
      }),
    );
  });

  it("reach every batch if they are asked for often enough", () => {
    fc.assert(
      fc.property(announcements, (all) => {
        const roster = rosterOf(all);
        const reached = new Set<string>();
        for (let round = 0; round < all.length; round += 1)
          for (const { batchId } of roster.turns(null)) reached.add(batchId);
        expect(reached.size).toBe(all.length);
      }),
    );
  });

  it("begin with the account that was named least lately", () => {
    const accounts = Array.from({ length: 3 }, (_, n) => `account ${n}`);
    const roster = rosterOf(accounts.map((accountId) => announcement(accountId, { accountId })));
    roster.turns(null);
    roster.announced(announcement("late", { accountId: "newcomer" }), 0);
    expect(roster.turns(null)[0]).toEqual({ batchId: "late", accountId: "newcomer" });
  });

  it("are those of one country", () => {
    const roster = rosterOf([announcement("any"), announcement("german", { country: "DE" })]);
    expect(roster.turns("DE")).toEqual([{ batchId: "german", accountId: "account" }]);
    expect(roster.turns(null)).toEqual([{ batchId: "any", accountId: "account" }]);
    expect(roster.turns("FR")).toEqual([]);
    expect(roster.countries()).toEqual(new Set([null, "DE"]));
  });
});

describe("the browsers that pages are worth", () => {
  it.each<[waiting: number, rendering: number, browsers: number]>([
    [0, 0, 0],
    [1, 0, 1],
    [16, 0, 1],
    [17, 0, 2],
    [0, 8, 1],
    [0, 9, 2],
    [160, 80, 20],
  ])("with %i that wait and %i in tabs are %i", (waiting, rendering, browsers) => {
    expect(rosterOf([announcement("one", { waiting, rendering })]).browsersWanted(null, 8)).toBe(browsers);
  });

  it("are counted for all batches together, so that sixty small ones do not ask for sixty", () => {
    const small = Array.from({ length: 60 }, (_, n) => announcement(`${n}`, { waiting: 1 }));
    expect(rosterOf(small).browsersWanted(null, 8)).toBe(4);
  });
});

describe("what consumers have learned", () => {
  it("counts, and ends a batch that has no pages left", () => {
    const roster = rosterOf([announcement("one"), announcement("other")]);
    roster.learned(
      [
        { batchId: "one", waiting: 0, rendering: 3 },
        { batchId: "other", waiting: 0, rendering: 0 },
      ],
      0,
    );
    expect(roster.totals()).toEqual({ batches: 1, waiting: 0 });
    expect(roster.hasWaiting(null)).toBe(false);
    roster.learned([{ batchId: "one", waiting: 2, rendering: 1 }], 0);
    expect(roster.turns(null)).toEqual([{ batchId: "one", accountId: "account" }]);
  });

  it("is ignored if the batch was not announced, since its country is not known", () => {
    const roster = new Roster();
    roster.learned([{ batchId: "unknown", waiting: 5, rendering: 0 }], 0);
    expect(roster.totals()).toEqual({ batches: 0, waiting: 0 });
  });

  it("keeps a batch that is otherwise forgotten when nothing is heard of it for 90 s", () => {
    const roster = rosterOf([announcement("heard of"), announcement("quiet")]);
    roster.learned([{ batchId: "heard of", waiting: 5, rendering: 0 }], 60_000);
    roster.forgetQuiet(90_000);
    expect(roster.totals().batches).toBe(2);
    roster.forgetQuiet(90_001);
    expect(roster.turns(null)).toEqual([{ batchId: "heard of", accountId: "account" }]);
  });
});
