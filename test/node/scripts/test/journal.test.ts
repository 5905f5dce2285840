import { expect, test } from "vitest";
import { type JournalEntry, tallyOf } from "../../../../scripts/test/journal.ts";

const journal = (...entries: JournalEntry[]) => entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");

const ended = (name: string, outcome: "passed" | "failed" | "none"): JournalEntry[] => [
  { event: "started", name },
  { event: "ended", name, outcome },
];

test("counts tests and files that failed to load, but not skipped tests", () => {
  const entries = [
    ...ended("one", "passed"),
    ...ended("two", "passed"),
    ...ended("three", "failed"),
    ...ended("four", "none"),
  ];
  expect(tallyOf(journal(...entries), false)).toEqual({ passed: 2, failed: 1, running: [] });
});

test("a failed run without a failed test counts as one failure", () => {
  expect(tallyOf(journal(...ended("one", "passed")), false)).toMatchObject({ passed: 1, failed: 1 });
  expect(tallyOf("", false)).toEqual({ passed: 0, failed: 1, running: [] });
});

test("lists what was running when the run was killed", () => {
  const entries = [...ended("one", "passed"), { event: "started" as const, name: "two" }];
  expect(tallyOf(journal(...entries), false)).toEqual({ passed: 1, failed: 1, running: ["two"] });
});
