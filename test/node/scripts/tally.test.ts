import { expect, test } from "vitest";
import { countTests } from "../../../scripts/test/tally.ts";

function report(...files: { status?: string; tests: string[] }[]): string {
  return JSON.stringify({
    testResults: files.map(({ status = "passed", tests }) => ({
      status,
      assertionResults: tests.map((test) => ({ status: test })),
    })),
  });
}

test("adds up the tests of all files; skipped ones are neither passed nor failed", () => {
  const files = [
    { tests: ["passed", "passed", "skipped", "todo"] },
    { status: "failed", tests: ["passed", "failed", "failed"] },
  ];
  expect(countTests(report(...files), false)).toEqual({ passed: 3, failed: 2 });
});

test("a file that could not be loaded is one failure", () => {
  expect(countTests(report({ tests: ["passed"] }, { status: "failed", tests: [] }), false)).toEqual({
    passed: 1,
    failed: 1,
  });
});

test("a run that failed without a failed test, or without a report, is one failure", () => {
  expect(countTests(report({ tests: ["passed"] }), false)).toEqual({ passed: 1, failed: 1 });
  expect(countTests(undefined, false)).toEqual({ passed: 0, failed: 1 });
});
