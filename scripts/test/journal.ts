/** What a run of vitest has done so far, one JSON object a line. */

/** Environment variable that names the journal's file. */
export const journalFile = "TRAWL_TEST_JOURNAL";

export type JournalEntry =
  | { event: "started"; name: string }
  /** `none`: neither passed nor failed, such as a skipped test, or a file whose tests speak for it. */
  | { event: "ended"; name: string; outcome: "passed" | "failed" | "none" };

export interface Tally {
  passed: number;
  failed: number;
  /** Names of the files and tests that have begun and not ended. */
  running: string[];
}

/**
 * Counts the tests in a journal. A file that could not be loaded has failed without tests.
 *
 * @param isOk whether vitest ended with 0; if not, at least one failure is counted, whatever the journal says
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
