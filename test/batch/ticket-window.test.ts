import { describe, expect, it } from "vitest";
import { TicketWindow } from "../../src/batch/ticket-window.ts";

const rules = { min: 10, max: 100, waitTarget: 3000, lease: 60_000 };

describe("TicketWindow", () => {
  it("starts at its lower bound, and has no more room than there are items", () => {
    const window = new TicketWindow(rules);
    expect([window.room(5, 0), window.room(1000, 0)]).toEqual([5, 10]);
  });

  it("has room for as many tickets as were picked up", () => {
    const window = new TicketWindow(rules);
    window.sent(10, 0);
    expect(window.room(1000, 60_000)).toBe(0);
    window.pickedUp(0, 4, 5000);
    expect(window.room(1000, 60_000)).toBe(4);
  });

  it("grows to its upper bound while tickets are picked up in time", () => {
    const window = new TicketWindow(rules);
    for (let now = 0; now < 10_000; now += 100) {
      const count = window.room(1000, now);
      window.sent(count, now);
      window.pickedUp(now, count, now + 50);
    }
    expect(window.size).toBe(100);
  });

  it("shrinks, at most once per target time, while tickets wait too long", () => {
    const window = new TicketWindow(rules);
    for (let now = 0; now < 1000; now += 100) {
      window.sent(10, now);
      window.pickedUp(now, 10, now + 50);
    }
    expect(window.size).toBe(100);
    window.sent(2, 1000);
    window.pickedUp(1000, 1, 10_000);
    window.pickedUp(1000, 1, 10_001);
    expect(window.size).toBe(50);
    for (let now = 20_000; now < 60_000; now += 10_000) {
      window.sent(1, now);
      window.pickedUp(now, 1, now + 3001);
    }
    expect(window.size).toBe(10);
  });

  it("counts tickets as lost after their lease, and ignores those that are picked up later", () => {
    const window = new TicketWindow(rules);
    window.sent(10, 0);
    expect(window.expire(59_999)).toBe(0);
    expect(window.expire(60_000)).toBe(10);
    expect(window.room(1000, 60_000)).toBe(10);
    window.pickedUp(0, 10, 60_001);
    expect(window.room(1000, 60_000)).toBe(10);
  });

  it("doubles the lease each time tickets are lost, until one is picked up", () => {
    const window = new TicketWindow(rules);
    window.sent(1, 0);
    expect(window.expire(60_000)).toBe(1);
    window.sent(2, 60_000);
    expect([window.expire(179_999), window.expire(180_000)]).toEqual([0, 2]);
    window.sent(1, 180_000);
    window.pickedUp(180_000, 1, 181_000);
    window.sent(1, 200_000);
    expect([window.expire(259_999), window.expire(260_000)]).toEqual([0, 1]);
  });

  it("has no room while there is no browser, and less room after that", () => {
    const window = new TicketWindow(rules);
    window.sent(10, 1000);
    window.pickedUp(1000, 10, 1001);
    expect(window.size).toBe(20);
    window.holdBack(9000, 4000);
    expect([window.room(1000, 8999), window.room(1000, 9000)]).toEqual([0, 10]);
  });

  it("has room again for tickets that the queue did not accept", () => {
    const window = new TicketWindow(rules);
    window.sent(10, 0);
    window.unsent(10, 0);
    expect(window.room(1000, 60_000)).toBe(10);
  });
});
