/**
 * The ledger of a batch. Whatever the order of lost, repeated, late and stale reports, restarts, lost leases,
 * cancellations and deadlines, the counts are exact and each item ends once.
 */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FinishedItem } from "../../src/batch/item-result.ts";
import { Ledger } from "../../src/batch/ledger.ts";
import type { Assignment } from "../../src/protocol/claim.ts";
import type { Outcome, Report } from "../../src/protocol/report.ts";

const rules = { maxAttempts: 3, retryDelay: 1000, renderLease: 10_000 };
const rendered: Outcome = { kind: "rendered", httpStatus: 200, title: "A page" };
const transient: Outcome = { kind: "failed", code: "timeout", message: "Too slow.", transient: true };
const permanent: Outcome = {
  kind: "failed",
  code: "http_error",
  message: "404",
  transient: false,
  httpStatus: 404,
};
const released: Outcome = { kind: "released", retryAfterMs: 500 };

/** Runs a test on the ledger of a new Durable Object. Calling `open` again does what a restart does. */
async function withLedger(run: (open: () => Ledger) => void): Promise<void> {
  const stub = env.BATCH_TRACKER.get(env.BATCH_TRACKER.newUniqueId());
  await runInDurableObject(stub, (_, state) => run(() => new Ledger(state.storage, rules, () => 0.5)));
}

/** Claims under a new name. */
function claim(ledger: Ledger, limit: number, now: number): Assignment[] {
  return ledger.claim(limit, now, crypto.randomUUID());
}

function urls(count: number) {
  return Array.from({ length: count }, (_, idx) => ({ idx, url: `https://shop.example/${idx}` }));
}

describe("Ledger", () => {
  it("hands out each item once, in order, with its rendering's number", async () => {
    await withLedger((open) => {
      const ledger = open();
      ledger.enter(urls(3));
      expect(claim(ledger, 2, 0)).toEqual([
        { idx: 0, url: "https://shop.example/0", rendering: 1 },
        { idx: 1, url: "https://shop.example/1", rendering: 1 },
      ]);
      expect(claim(ledger, 5, 0).map(({ idx }) => idx)).toEqual([2]);
      expect(claim(ledger, 5, 0)).toEqual([]);
    });
  });

  it("enters each item once, however often it is given", async () => {
    await withLedger((open) => {
      const ledger = open();
      ledger.enter(urls(4));
      claim(ledger, 1, 0);
      ledger.enter(urls(4));
      expect(ledger.counts().total).toBe(4);
      expect(ledger.ready(0, 100)).toBe(3);
    });
  });

  it("waits longer before each attempt, and fails an item with the last error when its attempts are used up", async () => {
    await withLedger((open) => {
      const ledger = open();
      ledger.enter(urls(1));
      claim(ledger, 1, 0);
      expect(ledger.report({ idx: 0, rendering: 1, outcome: transient }, 0)).toBe("will_retry");
      expect([ledger.ready(999, 100), ledger.ready(1000, 100)]).toEqual([0, 1]);
      claim(ledger, 1, 1000);
      expect(ledger.report({ idx: 0, rendering: 2, outcome: transient }, 1000)).toBe("will_retry");
      expect([ledger.ready(4999, 100), ledger.ready(5000, 100)]).toEqual([0, 1]);
      claim(ledger, 1, 5000);
      expect(ledger.report({ idx: 0, rendering: 3, outcome: transient }, 5000)).toBe("failed");
      expect(ledger.unprojected(10)).toMatchObject([
        { idx: 0, status: "failed", attempts: 3, errorCode: "timeout" },
      ]);
      expect(ledger.counts()).toEqual({ total: 1, completed: 0, failed: 1, retried: 2 });
    });
  });

  it("waits as long as the site asks for", async () => {
    await withLedger((open) => {
      const ledger = open();
      ledger.enter(urls(1));
      claim(ledger, 1, 0);
      ledger.report({ idx: 0, rendering: 1, outcome: { ...transient, retryAfterMs: 60_000 } as Outcome }, 0);
      expect([ledger.ready(59_999, 100), ledger.ready(60_000, 100)]).toEqual([0, 1]);
    });
  });

  it("does not count a rendering that never began as an attempt", async () => {
    await withLedger((open) => {
      const ledger = open();
      ledger.enter(urls(1));
      for (let rendering = 1; rendering <= 10; rendering += 1) {
        expect(claim(ledger, 1, rendering * 1000)).toMatchObject([{ rendering }]);
        expect(ledger.report({ idx: 0, rendering, outcome: released }, rendering * 1000)).toBe("released");
      }
      claim(ledger, 1, 20_000);
      ledger.report({ idx: 0, rendering: 11, outcome: rendered }, 20_000);
      expect(ledger.counts()).toEqual({ total: 1, completed: 1, failed: 0, retried: 0 });
      expect(ledger.unprojected(1)).toMatchObject([{ attempts: 1, contentRendering: 11 }]);
    });
  });

  it("ignores a repeated release once the next rendering is under way", async () => {
    await withLedger((open) => {
      const ledger = open();
      ledger.enter(urls(1));
      claim(ledger, 1, 0);
      ledger.report({ idx: 0, rendering: 1, outcome: released }, 0);
      claim(ledger, 1, 500);
      expect(ledger.report({ idx: 0, rendering: 1, outcome: released }, 501)).toBe("ignored");
      expect(ledger.report({ idx: 0, rendering: 2, outcome: rendered }, 502)).toBe("completed");
    });
  });

  it("returns the same items to a repeated claim, even after a restart", async () => {
    await withLedger((open) => {
      let ledger = open();
      ledger.enter(urls(3));
      const first = ledger.claim(2, 0, "one");
      ledger = open();
      expect(ledger.claim(2, 5, "one")).toEqual(first);
      expect(ledger.claim(2, 5, "another").map(({ idx }) => idx)).toEqual([2]);
      expect(ledger.counts().retried).toBe(0);
    });
  });

  it("renews a rendering's lease when its consumer is heard of", async () => {
    await withLedger((open) => {
      const ledger = open();
      ledger.enter(urls(2));
      const [first] = claim(ledger, 1, 0);
      claim(ledger, 1, 0);
      ledger.extend([first as Assignment, { idx: 1, rendering: 7 }, { idx: 9, rendering: 1 }], 9_000);
      expect(ledger.expireLeases(10_000)).toEqual([{ idx: 1, rendering: 1, ended: false }]);
      expect(ledger.expireLeases(18_999)).toEqual([]);
      expect(ledger.expireLeases(19_000)).toEqual([{ idx: 0, rendering: 1, ended: false }]);
    });
  });

  it("says how many pages wait, up to the limit, and how many are being rendered", async () => {
    await withLedger((open) => {
      const ledger = open();
      ledger.enter(urls(20));
      const assignments = claim(ledger, 6, 0);
      expect(ledger.pagesLeft(0, 5)).toEqual({ waiting: 5, rendering: 6 });
      const [first, second, third] = assignments as [Assignment, Assignment, Assignment];
      ledger.report({ ...first, outcome: rendered }, 0);
      ledger.report({ ...second, outcome: transient }, 0);
      ledger.report({ ...third, outcome: { kind: "released", retryAfterMs: 0 } }, 0);
      expect(ledger.pagesLeft(0, 100)).toEqual({ waiting: 15, rendering: 3 });
      expect([ledger.ready(0, 5), ledger.ready(0, 100)]).toEqual([5, 15]);
      expect(ledger.pagesLeft(1000, 100)).toEqual({ waiting: 16, rendering: 3 });
    });
  });

  it("cuts and cleans texts from the page so that D1 can store them", async () => {
    await withLedger((open) => {
      const ledger = open();
      ledger.enter(urls(2));
      claim(ledger, 2, 0);
      const half = "😀".slice(0, 1);
      const finalUrl = `https://shop.example/${"a".repeat(2_000_000)}`;
      const title = `\0${half}${"b".repeat(2_000_000)}`;
      ledger.report({ idx: 0, rendering: 1, outcome: { ...rendered, title, finalUrl } as Outcome }, 0);
      ledger.report({ idx: 1, rendering: 1, outcome: { ...permanent, message: title } as Outcome }, 0);
      const [page, failure] = ledger.unprojected(2);
      expect(page?.title).toMatch(/^\ufffd\ufffdb{998}$/);
      expect(page?.finalUrl).toBeUndefined();
      expect(failure?.errorMessage).toMatch(/^\ufffd\ufffdb{998}$/);
    });
  });

  it("hands out items with a lost rendering again, and fails an item that is lost each time", async () => {
    await withLedger((open) => {
      const ledger = open();
      ledger.enter(urls(1));
      let now = 0;
      for (let rendering = 1; rendering <= 3; rendering += 1) {
        expect(claim(ledger, 1, now)).toMatchObject([{ rendering }]);
        expect(ledger.expireLeases(now + 9_999)).toEqual([]);
        expect(ledger.expireLeases(now + 10_000)).toEqual([{ idx: 0, rendering, ended: rendering === 3 }]);
        now += 60_000;
      }
      expect(ledger.unprojected(1)).toMatchObject([{ errorCode: "render_lost", attempts: 3 }]);
    });
  });

  it("accepts content from a rendering given up as lost, if it arrives first", async () => {
    await withLedger((open) => {
      const ledger = open();
      ledger.enter(urls(1));
      claim(ledger, 1, 0);
      ledger.expireLeases(10_000);
      claim(ledger, 1, 20_000);
      expect(ledger.report({ idx: 0, rendering: 1, outcome: rendered }, 20_001)).toBe("completed");
      expect(ledger.report({ idx: 0, rendering: 2, outcome: permanent }, 20_002)).toBe("ignored");
      expect(ledger.unprojected(1)).toMatchObject([
        { status: "completed", contentRendering: 1, attempts: 2 },
      ]);
    });
  });

  it("ignores failures of renderings given up as lost, and reports of renderings that do not exist", async () => {
    await withLedger((open) => {
      const ledger = open();
      ledger.enter(urls(1));
      expect(ledger.report({ idx: 0, rendering: 1, outcome: rendered }, 0)).toBe("ignored");
      claim(ledger, 1, 0);
      ledger.expireLeases(10_000);
      claim(ledger, 1, 20_000);
      expect(ledger.report({ idx: 0, rendering: 1, outcome: permanent }, 20_001)).toBe("ignored");
      expect(ledger.report({ idx: 0, rendering: 7, outcome: rendered }, 20_001)).toBe("ignored");
      expect(ledger.report({ idx: 99, rendering: 1, outcome: rendered }, 20_001)).toBe("ignored");
      const unnumbered = { idx: 0, attempt: 1, outcome: rendered } as unknown as Report;
      expect(ledger.report(unnumbered, 20_001)).toBe("ignored");
      expect(ledger.counts()).toMatchObject({ completed: 0, failed: 0 });
    });
  });

  it("continues from the results in D1", async () => {
    await withLedger((open) => {
      const ledger = open();
      ledger.enter([
        { idx: 0, url: "", ended: { seq: 2, status: "failed", attempts: 3 } },
        { idx: 1, url: "https://shop.example/1" },
        { idx: 2, url: "", ended: { seq: 1, status: "completed", attempts: 1 } },
      ]);
      expect(ledger.counts()).toEqual({ total: 3, completed: 1, failed: 1, retried: 2 });
      claim(ledger, 5, 0);
      ledger.report({ idx: 1, rendering: 1, outcome: rendered }, 0);
      expect(ledger.unprojected(5)).toMatchObject([{ idx: 1, seq: 3 }]);
    });
  });

  it("ends every item once, with exact counts, whatever happens", async () => {
    const outcome = fc.constantFrom(rendered, transient, permanent, released);
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ do: fc.constant("claim" as const), limit: fc.integer({ min: 1, max: 5 }) }),
      },
      {
        weight: 6,
        arbitrary: fc.record({
          do: fc.constant("report" as const),
          which: fc.nat(),
          outcome,
          again: fc.boolean(),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          do: fc.constant("stray" as const),
          idx: fc.integer({ min: -1, max: 12 }),
          rendering: fc.integer({ min: -1, max: 5 }),
          outcome,
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 15_000 }) }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constant("project" as const), limit: fc.integer({ min: 1, max: 5 }) }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("end" as const), cancel: fc.boolean() }) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 10 }),
        fc.array(step, { maxLength: 80 }),
        async (total, steps) => {
          await withLedger((open) => {
            let ledger = open();
            let now = 0;
            const handedOut: Assignment[] = [];
            const ended = new Map<number, FinishedItem>();
            const project = (limit: number) => {
              const finished = ledger.unprojected(limit);
              for (const item of finished) {
                expect(ended.has(item.idx)).toBe(false);
                expect(item.seq).toBe(ended.size + 1);
                ended.set(item.idx, item);
              }
              const last = finished.at(-1);
              if (last) ledger.markProjected(last.seq);
            };
            ledger.enter(urls(total));
            for (const action of steps) {
              if (action.do === "claim") handedOut.push(...claim(ledger, action.limit, now));
              else if (action.do === "wait") {
                now += action.ms;
                ledger.expireLeases(now);
              } else if (action.do === "project") project(action.limit);
              else if (action.do === "restart") ledger = open();
              else if (action.do === "end") {
                if (action.cancel)
                  ledger.failRest("cancelled", "Cancelled.", now, { includeRendering: false });
                else ledger.failRest("deadline_exceeded", "Late.", now, { includeRendering: true });
              } else if (action.do === "stray") ledger.report(action, now);
              else if (handedOut.length > 0) {
                const place = action.which % handedOut.length;
                const { idx, rendering } = handedOut[place] as Assignment;
                ledger.report({ idx, rendering, outcome: action.outcome }, now);
                if (!action.again) handedOut.splice(place, 1);
              }
              const { completed, failed } = ledger.counts();
              expect(completed + failed).toBeLessThanOrEqual(total);
            }
            // Nothing fails from here on, so every item must finish.
            for (let round = 0; round < 10 && !ledger.isSettled(); round += 1) {
              now += 1_000_000;
              ledger.expireLeases(now);
              for (const { idx, rendering } of claim(ledger, total, now)) {
                ledger.report({ idx, rendering, outcome: rendered }, now);
              }
              project(total);
            }
            expect(ledger.isSettled()).toBe(true);
            const items = [...ended.values()];
            expect(items.map(({ idx }) => idx).sort((a, b) => a - b)).toEqual(
              urls(total).map(({ idx }) => idx),
            );
            expect(ledger.counts()).toEqual({
              total,
              completed: items.filter(({ status }) => status === "completed").length,
              failed: items.filter(({ status }) => status === "failed").length,
              retried: items.reduce((sum, { attempts }) => sum + Math.max(0, attempts - 1), 0),
            });
            for (const { attempts, status, contentRendering } of items) {
              expect(attempts).toBeLessThanOrEqual(rules.maxAttempts);
              expect(contentRendering !== null).toBe(status === "completed");
            }
          });
        },
      ),
      { numRuns: 150 },
    );
  });
});
