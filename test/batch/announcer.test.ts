/** When a tracker announces pages to the browser pool. */
import { describe, expect, it } from "vitest";
import { Announcer } from "../../src/batch/announcer.ts";

const wanted = { wereMoreWanted: true };
const notWanted = { wereMoreWanted: false };

describe("Announcer", () => {
  it("announces at once when its tracker has just started", () => {
    expect(new Announcer().dueAt).toBeLessThanOrEqual(0);
  });

  it("announces again when the pool says, if no consumer asks meanwhile", () => {
    const announcer = new Announcer();
    announcer.announced(1000, 30_000);
    expect(announcer.dueAt).toBe(31_000);
  });

  it("has nothing to say while consumers ask for pages at least every 4 s", () => {
    const announcer = new Announcer();
    announcer.announced(0, 30_000);
    announcer.served(1000, notWanted);
    expect(announcer.dueAt).toBe(5000);
    announcer.served(4500, notWanted);
    expect(announcer.dueAt).toBe(8500);
  });

  it("announces pages that become ready after a consumer was told that there are no more", () => {
    const announcer = new Announcer();
    announcer.announced(0, 30_000);
    announcer.served(1000, wanted);
    expect(announcer.dueAt).toBeLessThanOrEqual(1000);
  });

  it("announces pages that become ready one by one four times a second at most", () => {
    const announcer = new Announcer();
    announcer.announced(1000, 30_000);
    announcer.served(1001, wanted);
    expect(announcer.dueAt).toBe(1250);
  });

  it("forgets that more were wanted once it has announced them", () => {
    const announcer = new Announcer();
    announcer.served(1000, wanted);
    announcer.announced(1000, 30_000);
    expect(announcer.dueAt).toBe(31_000);
    announcer.served(2000, notWanted);
    expect(announcer.dueAt).toBe(6000);
  });
});
