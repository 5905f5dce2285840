/** Why a command ends, and with which exit code. */
import { CloudflareError } from "./cloudflare-api.ts";
import { WranglerError } from "./wrangler.ts";

export const exitCodes = { done: 0, failed: 1, inputNeeded: 2, drift: 3 } as const;

/** Something that only a person can decide or provide. The message says what and how. */
export class InputNeeded extends Error {}

/** The account is not ready. Each blocker is one line that says what to do. */
export class Blocked extends Error {
  readonly blockers: string[];

  constructor(blockers: string[]) {
    super(blockers.join("\n"));
    this.blockers = blockers;
  }
}

/** A step did not lead where it should. The message says what to do. */
export class DeployFailure extends Error {}

/** What Cloudflare's codes mean for somebody who deploys, each with what to do. */
const explanations: Record<number, string> = {
  10000:
    'The token is not valid for this account, or lacks a permission: see docs/deploying.md, "The token".',
  10015: "The account's plan has no Queues: enable Workers in the dashboard, under Compute > Queues.",
  10027: "The Worker is too large for the account's plan: the free plan allows 3 MB compressed.",
  10031: "The workers.dev subdomain is taken: choose another with --subdomain.",
  10042: "R2 is not enabled: enable it in the dashboard, under Storage > R2.",
  10063: "The account has no workers.dev subdomain: choose one with --subdomain NAME.",
  10136: "R2 is not enabled: enable it in the dashboard, under Storage > R2.",
  100328: "The account is on the free plan: add --profile free.",
  7406: "The account has as many D1 databases as its plan allows: delete one, or change the plan.",
};

/** What one of these codes means, with the code. Undefined if none is known. */
export function explainCodes(codes: number[]): string | undefined {
  const code = codes.find((one) => explanations[one]);
  return code === undefined ? undefined : `${explanations[code]} [${code}]`;
}

/** One line for a person. */
export function explain(error: unknown): string {
  if (error instanceof CloudflareError || error instanceof WranglerError) {
    return explainCodes(error.codes) ?? error.message;
  }
  return error instanceof Error ? error.message : String(error);
}

export function exitCodeOf(error: unknown): number {
  return error instanceof InputNeeded ? exitCodes.inputNeeded : exitCodes.failed;
}
