/** Measures a new deployment, and keeps what it finds. */
import { join } from "node:path";
import { keepMeasured } from "../probe/keep.ts";
import { measure } from "../probe/measure.ts";
import { reportLines } from "../probe/report.ts";
import { root } from "../setup/environment.mjs";

export interface ProbeStep {
  target: string;
  url: string;
  adminToken: string;
  consumerSeconds: number;
  say: (line: string) => void;
}

/** The deployment stands whatever this finds, so a failure is only said. Does not throw. */
export async function probeDeployment({
  target,
  url,
  adminToken,
  consumerSeconds,
  say,
}: ProbeStep): Promise<void> {
  try {
    const found = await measure({ origin: new URL(url).origin, adminToken, consumerSeconds, say });
    const file = join(root, `probe-${target}.json`);
    keepMeasured(file, found);
    for (const line of reportLines(found)) say(line);
    say(`Written to ${file}.`);
  } catch (error) {
    say(`The deployment could not be probed: ${(error as Error).message} Try npm run probe.`);
  }
}
