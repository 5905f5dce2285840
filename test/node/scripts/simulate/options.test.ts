import { describe, expect, it } from "vitest";
import { commandOptions } from "../../../../scripts/simulate/options.ts";

const simulation = (...args: string[]) => commandOptions(args).simulation;

describe("npm run simulate's arguments", () => {
  it("describe work of several accounts", () => {
    expect(simulation("--work", "A:10000, A:600/60,B:1@60").work).toEqual([
      { account: "A", pages: 10_000, batches: 1, startsAt: 0 },
      { account: "A", pages: 600, batches: 60, startsAt: 0 },
      { account: "B", pages: 1, batches: 1, startsAt: 60 },
    ]);
  });

  it("split pages into as many batches as their limit needs", () => {
    expect(simulation("--pages", "25000").work).toMatchObject([{ pages: 25_000, batches: 3 }]);
  });

  it("set variables of the Worker", () => {
    expect(simulation("--browsers", "7", "--set", "PAGE_TIMEOUT_MS=9000").variables).toMatchObject({
      MAX_BROWSERS: "7",
      PAGE_TIMEOUT_MS: "9000",
    });
  });

  it.each([
    [["--pages", "0"], '--pages must be a whole number of at least 1, got "0".'],
    [["--pages", "2", "--batches", "3"], "--batches must be at most --pages (2), got 3."],
    [["--work", "A"], "--work must be ACCOUNT:PAGES[/BATCHES][@SECONDS]"],
    [["--autoscaler", "fast"], "--autoscaler must be one of at-once, plus-one,"],
    [["--pages-take", "long"], '--pages-take must be a number of seconds, heavy-tail or a file, got "long".'],
    [["--kills", "2"], '--kills must be a number from 0 to 1, got "2".'],
    [["--set", "NOTHING=1"], "--set must be NAME=VALUE with a variable of docs/configuration.md"],
  ])("%j are explained", (args, message) => {
    expect(() => simulation(...args)).toThrow(message);
  });
});
