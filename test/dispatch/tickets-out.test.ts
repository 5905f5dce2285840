/** The tickets that no consumer has picked up yet. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TicketsOut } from "../../src/dispatch/tickets-out.ts";

const LEASE = 20_000;

describe("TicketsOut", () => {
  it("counts tickets of each country until they are picked up", () => {
    const out = new TicketsOut(LEASE);
    out.sent(null, 3, 0);
    out.sent("DE", 2, 0);
    out.pickedUp(null, 0);
    out.pickedUp("DE", 0);
    expect([out.count(null), out.count("DE"), out.count("FR")]).toEqual([2, 1, 0]);
  });

  it("says since when the oldest has waited, and when it counts as lost", () => {
    const out = new TicketsOut(LEASE);
    expect([out.oldestSentAt(null), out.nextLossAt()]).toEqual([null, null]);
    out.sent(null, 1, 100);
    out.sent("DE", 1, 50);
    out.sent(null, 1, 200);
    expect([out.oldestSentAt(null), out.oldestSentAt("DE"), out.nextLossAt()]).toEqual([100, 50, 20_050]);
    out.pickedUp(null, 100);
    out.pickedUp("DE", 50);
    expect([out.oldestSentAt(null), out.oldestSentAt("DE"), out.nextLossAt()]).toEqual([200, null, 20_200]);
  });

  it("counts tickets as lost after their lease, and ignores those that are picked up later", () => {
    const out = new TicketsOut(LEASE);
    out.sent(null, 10, 0);
    expect(out.expire(19_999)).toBe(0);
    expect(out.expire(20_000)).toBe(10);
    out.sent(null, 1, 20_000);
    out.pickedUp(null, 0);
    expect(out.count(null)).toBe(1);
  });

  it("doubles the lease with each loss, up to 16 times, until a ticket is picked up", () => {
    const out = new TicketsOut(LEASE);
    let now = 0;
    const leases: number[] = [];
    for (let loss = 0; loss < 7; loss += 1) {
      out.sent(null, 1, now);
      const lostAt = out.nextLossAt() ?? 0;
      expect([out.expire(lostAt - 1), out.expire(lostAt)]).toEqual([0, 1]);
      leases.push((lostAt - now) / LEASE);
      now = lostAt;
    }
    expect(leases).toEqual([1, 2, 4, 8, 16, 16, 16]);
    out.sent(null, 2, now);
    out.pickedUp(null, now);
    expect(out.nextLossAt()).toBe(now + LEASE);
  });

  it("forgets tickets that the queue did not accept, and no others", () => {
    const out = new TicketsOut(LEASE);
    out.sent(null, 10, 0);
    out.unsent(null, 4, 0);
    expect(out.count(null)).toBe(6);
  });

  it("never counts fewer than none, nor more than were sent and are not picked up or lost", () => {
    const country = fc.constantFrom(null, "DE");
    const step = fc.oneof(
      fc.record({ do: fc.constant("send" as const), country, count: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ do: fc.constant("pick up" as const), country, which: fc.nat(), isKnown: fc.boolean() }),
      fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 60_000 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const out = new TicketsOut(LEASE);
        let now = 0;
        /** The tickets that are out: when each was sent, and for which country. */
        let model: { country: string | null; sentAt: number }[] = [];
        for (const action of steps) {
          if (action.do === "send") {
            out.sent(action.country, action.count, now);
            for (let n = 0; n < action.count; n += 1) model.push({ country: action.country, sentAt: now });
          } else if (action.do === "pick up") {
            const own = model.filter((ticket) => ticket.country === action.country);
            const ticket = action.isKnown ? own[action.which % Math.max(1, own.length)] : undefined;
            out.pickedUp(action.country, ticket?.sentAt ?? -1);
            if (ticket) model.splice(model.indexOf(ticket), 1);
          } else {
            now += action.ms;
            const isDue = now >= (out.nextLossAt() ?? Number.POSITIVE_INFINITY);
            const before = model.length;
            const lost = out.expire(now);
            expect(lost > 0).toBe(isDue);
            // Those that are lost are the oldest.
            model = model.toSorted((one, other) => one.sentAt - other.sentAt).slice(lost);
            expect(out.count(null) + out.count("DE")).toBe(before - lost);
          }
          for (const of of [null, "DE"]) {
            const own = model.filter((ticket) => ticket.country === of).map(({ sentAt }) => sentAt);
            expect(out.count(of)).toBe(own.length);
            expect(out.oldestSentAt(of)).toBe(own.length > 0 ? Math.min(...own) : null);
          }
        }
      }),
    );
  });
});
