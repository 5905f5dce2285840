import { z } from "zod";

export interface Tally {
  passed: number;
  failed: number;
}

/** The part of vitest's JSON report that is read here. A file that could not be loaded has failed without tests. */
const reportSchema = z.object({
  testResults: z.array(
    z.object({
      status: z.string(),
      assertionResults: z.array(z.object({ status: z.string() })),
    }),
  ),
});

/**
 * Counts the tests of a run of vitest.
 *
 * @param report vitest's JSON report, if it wrote one
 * @param ok whether vitest ended with 0; if not, at least one failure is counted, whatever the report says
 */
export function countTests(report: string | undefined, ok: boolean): Tally {
  const files = report === undefined ? [] : reportSchema.parse(JSON.parse(report)).testResults;
  const tests = files.flatMap((file) => file.assertionResults);
  const passed = tests.filter(({ status }) => status === "passed").length;
  const failedTests = tests.filter(({ status }) => status === "failed").length;
  const brokenFiles = files.filter(
    (file) => file.status === "failed" && !file.assertionResults.some(({ status }) => status === "failed"),
  ).length;
  const failed = failedTests + brokenFiles;
  return { passed, failed: ok ? failed : Math.max(failed, 1) };
}
