/** A journal of a vitest run so far: one JSON object per line. */

/** Environment variable with the path of the journal. */
export const journalFile = "TRAWL_TEST_JOURNAL";

export type JournalEntry =
  | { event: "started"; name: string }
  /** `none` is a skipped test, or a file, whose tests are counted instead. */
  | { event: "ended"; name: string; outcome: "passed" | "failed" | "none" };

export interface Tally {
  passed: number;
  failed: number;
  /** Names of the files and tests that have started but not ended. */
  running: string[];
}

/**
 * Counts the tests in a journal. A file that failed to load counts as one failure.
 *
 * @param isOk whether vitest exited with 0. If not, at least one failure is counted, whatever the journal says
 */
export function tallyOf(journal: string, isOk: boolean): Tally {
  const counts = { passed: 0, failed: 0, none: 0 };
  const running = new Set<string>();
  for (const line of journal.split("\n")) {
    if (line === "") continue;
    const entry = JSON.parse(line) as JournalEntry;
    if (entry.event === "started") running.add(entry.name);
    else {
      running.delete(entry.name);
      counts[entry.outcome] += 1;
    }
  }
  const failed = isOk ? counts.failed : Math.max(counts.failed, 1);
  return { passed: counts.passed, failed, running: [...running] };
}
