/** Which consumers end, so that Queues adds others. */
import { describe, expect, it } from "vitest";
import { Consumers } from "../../src/dispatch/consumers.ts";

const MIN_RUN_MS = 5000;

/** Consumers that began at the given time. */
function running(count: number, beganAt = 0, country: string | null = null): Consumers {
  const consumers = new Consumers();
  for (let n = 0; n < count; n += 1) begin(consumers, `${n}`, beganAt, country);
  return consumers;
}

function begin(consumers: Consumers, id: string, beganAt: number, country: string | null = null): void {
  consumers.heard({ id, country, beganAt, browsers: 1 }, beganAt);
}

/** Ends a consumer so that others come: `added` of them. Returns how long it had to have run, in ms. */
function endOne(consumers: Consumers, id: string, beganAt: number, added: number): number {
  let now = beganAt;
  while (!consumers.shouldEndForOthers(id, now)) now += 100;
  consumers.ended(id, now);
  for (let n = 0; n < added; n += 1) begin(consumers, `${id}+${n}`, now + 500);
  return now - beganAt;
}

describe("while tickets wait and there are browsers", () => {
  it("a consumer ends that has run for 5 s, and stays told so", () => {
    const consumers = running(1);
    expect(consumers.shouldEndForOthers("0", MIN_RUN_MS - 1)).toBe(false);
    expect(consumers.shouldEndForOthers("0", MIN_RUN_MS)).toBe(true);
    expect(consumers.shouldEndForOthers("0", MIN_RUN_MS + 1)).toBe(true);
  });

  it("only one ends before it is known whether that brings others, and then at most one in 4 s", () => {
    const consumers = running(5);
    const ending = (now: number) =>
      ["1", "2", "3", "4"].filter((id) => consumers.shouldEndForOthers(id, now)).length;
    expect(consumers.shouldEndForOthers("0", 5000)).toBe(true);
    expect([5000, 9000, 13_000].map(ending)).toEqual([0, 0, 0]);
    consumers.ended("0", 13_000);
    // One replaces the one that has ended, and one is more.
    begin(consumers, "5", 13_100);
    begin(consumers, "6", 13_200);
    expect([13_300, 17_299, 17_300, 21_300].map(ending)).toEqual([1, 1, 2, 3]);
  });

  it("one that comes by itself while another ends proves nothing", () => {
    const consumers = running(3);
    expect(consumers.shouldEndForOthers("0", 5000)).toBe(true);
    begin(consumers, "3", 8000);
    consumers.ended("0", 9000);
    begin(consumers, "4", 9500);
    expect(consumers.shouldEndForOthers("1", 12_000)).toBe(true);
    expect(consumers.shouldEndForOthers("2", 30_000)).toBe(false);
  });

  it("one that is not known does not end: it is told when it has been heard of", () => {
    expect(running(1).shouldEndForOthers("unknown", 60_000)).toBe(false);
  });

  it("they go on ending after 5 s as long as each end brings others", () => {
    const consumers = running(1);
    let [id, beganAt] = ["0", 0];
    for (let round = 0; round < 4; round += 1) {
      expect(endOne(consumers, id, beganAt, 2)).toBe(MIN_RUN_MS);
      [id, beganAt] = [`${id}+0`, beganAt + MIN_RUN_MS + 500];
    }
    expect(consumers.count).toBe(5);
    expect(consumers.areScarce).toBe(false);
  });

  it("each runs twice as long as the one before if the ends bring no others, up to 10 minutes", () => {
    const consumers = running(1);
    let [id, beganAt] = ["0", 0];
    const runs: number[] = [];
    for (let round = 0; round < 9; round += 1) {
      // As many come as have ended.
      runs.push(endOne(consumers, id, beganAt, 1) / 1000);
      [id, beganAt] = [`${id}+0`, beganAt + (runs.at(-1) ?? 0) * 1000 + 500];
    }
    expect(runs).toEqual([5, 10, 20, 40, 80, 160, 320, 600, 600]);
    expect(consumers.areScarce).toBe(true);
  });

  it("consumers count as scarce after three ends that brought none, until one does", () => {
    const consumers = running(1);
    const states: boolean[] = [];
    let [id, beganAt] = ["0", 0];
    for (const added of [1, 1, 1, 1, 2]) {
      const ms = endOne(consumers, id, beganAt, added);
      [id, beganAt] = [`${id}+0`, beganAt + ms + 500];
      // The verdict is reached 3 s after the end, when a consumer asks.
      consumers.shouldEndForOthers(id, beganAt + 3000);
      states.push(consumers.areScarce);
    }
    expect(states).toEqual([false, false, true, true, false]);
  });
});

describe("a consumer that has died", () => {
  it("is forgotten after 25 s, with its browsers", () => {
    const consumers = running(2);
    consumers.heard({ id: "0", country: null, beganAt: 0, browsers: 2 }, 10_000);
    consumers.forgetQuiet(25_000);
    expect(consumers.browsersIn(null)).toBe(3);
    consumers.forgetQuiet(25_001);
    expect([consumers.count, consumers.browsersIn(null)]).toEqual([1, 2]);
  });

  it("while it was to end for others counts as an end that brought none", () => {
    const consumers = running(2);
    expect(consumers.shouldEndForOthers("0", 5000)).toBe(true);
    consumers.heard({ id: "1", country: null, beganAt: 0, browsers: 1 }, 60_000);
    consumers.forgetQuiet(60_001);
    begin(consumers, "2", 66_000);
    expect(consumers.count).toBe(2);
    // The next one runs for twice as long.
    expect(consumers.shouldEndForOthers("2", 75_999)).toBe(false);
    expect(consumers.shouldEndForOthers("2", 76_000)).toBe(true);
  });
});

describe("while another country has no browser", () => {
  it("a consumer ends that has run for 5 s, one in 4 s", () => {
    const consumers = running(2, 0, "DE");
    expect(consumers.shouldEndForCountry("0", 4999)).toBe(false);
    expect(consumers.shouldEndForCountry("0", 5000)).toBe(true);
    expect(consumers.shouldEndForCountry("1", 5500)).toBe(false);
    expect(consumers.shouldEndForCountry("0", 5500)).toBe(true);
    expect(consumers.shouldEndForCountry("1", 9000)).toBe(true);
  });

  it("that says nothing about whether Queues adds consumers", () => {
    const consumers = running(1, 0, "DE");
    for (let n = 0; n < 5; n += 1) {
      const id = n === 0 ? "0" : `next ${n}`;
      const beganAt = n * 10_000;
      if (n > 0) begin(consumers, id, beganAt, "DE");
      expect(consumers.shouldEndForCountry(id, beganAt + 5000)).toBe(true);
      consumers.ended(id, beganAt + 5000);
    }
    begin(consumers, "last", 60_000);
    expect(consumers.shouldEndForOthers("last", 65_000)).toBe(true);
    expect(consumers.areScarce).toBe(false);
  });
});
