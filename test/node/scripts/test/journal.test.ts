import { expect, test } from "vitest";
import { type JournalEntry, tallyOf } from "../../../../scripts/test/journal.ts";

const journal = (...entries: JournalEntry[]) => entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");

const ended = (name: string, outcome: "passed" | "failed" | "none"): JournalEntry[] => [
  { event: "started", name },
  { event: "ended", name, outcome },
];

test("adds up tests and files that could not be loaded; skipped ones are neither passed nor failed", () => {
  const entries = [
    ...ended("one", "passed"),
    ...ended("two", "passed"),
    ...ended("three", "failed"),
    ...ended("four", "none"),
  ];
  expect(tallyOf(journal(...entries), false)).toEqual({ passed: 2, failed: 1, running: [] });
});

test("a run that failed without a failed test, or before the first, is one failure", () => {
  expect(tallyOf(journal(...ended("one", "passed")), false)).toMatchObject({ passed: 1, failed: 1 });
  expect(tallyOf("", false)).toEqual({ passed: 0, failed: 1, running: [] });
});

test("of a run that was killed, it tells what was running", () => {
  const entries = [...ended("one", "passed"), { event: "started" as const, name: "two" }];
  expect(tallyOf(journal(...entries), false)).toEqual({ passed: 1, failed: 1, running: ["two"] });
});
