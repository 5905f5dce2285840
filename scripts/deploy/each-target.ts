/** Runs a command on each target, one after another, and prints what came of it. */
import { sourceDigest } from "./bundle.ts";
import { findToken } from "./credentials.ts";
import type { Session } from "./deploy-target.ts";
import { exitCodeOf, exitCodes, explain, InputNeeded } from "./failures.ts";
import type { Target } from "./target.ts";

interface Result {
  target: string;
  error?: string;
}

export interface Reporting<Outcome extends Result> {
  /** The result as lines for a person, on standard output. */
  describe: (outcome: Outcome) => string[];
  /** One word for the table. */
  verdict: (outcome: Outcome) => string;
  json: boolean;
  limitMs: number;
}

/**
 * Goes on after a failure. Progress goes to standard error, results to standard output.
 *
 * @param run fills in the outcome and resolves to an exit code
 * @returns the exit code: 1 if any target failed, else the first one that is not 0
 */
export async function onEachTarget<Outcome extends Result>(
  targets: Target[],
  begin: (target: Target) => Outcome,
  run: (target: Target, session: Session, outcome: Outcome) => Promise<number>,
  { describe, verdict, json, limitMs }: Reporting<Outcome>,
): Promise<number> {
  const session = openSession(targets, limitMs);
  if (!session) return exitCodes.inputNeeded;
  const outcomes: Outcome[] = [];
  const codes: number[] = [];
  for (const target of targets) {
    const outcome = begin(target);
    outcomes.push(outcome);
    if (targets.length > 1) console.error(`\n${target.target}:`);
    try {
      codes.push(await run(target, session, outcome));
    } catch (error) {
      outcome.error = explain(error);
      codes.push(exitCodeOf(error));
    }
    if (!json) for (const line of describe(outcome)) console.log(line);
    if (outcome.error) console.error(outcome.error);
  }
  if (json) console.log(JSON.stringify(targets.length === 1 ? outcomes[0] : outcomes, null, 2));
  if (!json && targets.length > 1) console.log(`\n${table(outcomes, verdict)}`);
  if (targets.length > 1 && codes.some((code) => code === exitCodes.failed)) return exitCodes.failed;
  return codes.find((code) => code !== exitCodes.done) ?? exitCodes.done;
}

function openSession(targets: Target[], limitMs: number): Session | undefined {
  try {
    const say = (line: string) => console.error(targets.length > 1 ? `  ${line}` : line);
    return { token: findToken(), sourceDigest: sourceDigest(), limitMs, say };
  } catch (error) {
    if (!(error instanceof InputNeeded)) throw error;
    console.error(error.message);
    return undefined;
  }
}

function table<Outcome extends Result>(outcomes: Outcome[], verdict: (outcome: Outcome) => string): string {
  const width = Math.max(...outcomes.map(({ target }) => target.length));
  return outcomes
    .map((outcome) => {
      const word = outcome.error ? `failed: ${outcome.error.split("\n")[0]}` : verdict(outcome);
      return `${outcome.target.padEnd(width)}  ${word}`;
    })
    .join("\n");
}
