/** `npm run deploy:status`: what a deployment is, and how it differs from this checkout. Changes nothing. */
import { parseArguments } from "../command-line/arguments.ts";
import { runCommand } from "../command-line/run-command.ts";
import { planTarget } from "./deploy-target.ts";
import { onEachTarget } from "./each-target.ts";
import { exitCodes } from "./failures.ts";
import { healthOf } from "./health.ts";
import { sharedOptions, sharedUsage, stepLimit, targetsFrom } from "./options.ts";

const usage = `Usage: npm run deploy:status [-- TARGET... | --all] [OPTIONS]

Shows a deployment's address, version and health, and how it differs from this checkout.

${sharedUsage}

Exit codes: 0 as wanted, 1 could not be read, 2 input needed, 3 differs.`;

interface Status {
  target: string;
  account_id?: string;
  name: string;
  url?: string;
  /** What is uploaded. Null if nothing is. */
  version?: { id: string; tag: string | undefined; created: string } | null;
  /** What `GET /health` says. */
  health?: string;
  /** What `npm run deploy` would change, or what keeps it from that. */
  drift: string[];
  error?: string;
}

await runCommand("npm run deploy:status", usage, async (args) => {
  const { values, positionals } = parseArguments({ args, allowPositionals: true, options: sharedOptions });
  return onEachTarget<Status>(
    targetsFrom(values, positionals),
    ({ target, name }) => ({ target, name, drift: [] }),
    async (target, session, status) => {
      const { intent, state, blockers, changes, url } = await planTarget(target, false, session);
      const running = state.worker?.running;
      Object.assign(status, {
        account_id: intent.accountId,
        url,
        version: running ? { id: running.id, tag: running.tag, created: running.createdOn } : null,
        health: running && url ? await healthOf(url) : "not deployed",
        drift: [...blockers, ...changes.map(({ line }) => line)],
      });
      return status.drift.length > 0 ? exitCodes.drift : exitCodes.done;
    },
    {
      describe,
      verdict: ({ drift, health }) =>
        drift.length > 0 ? `differs: ${drift.join("; ")}` : `as wanted, ${health}`,
      json: values.json,
      limitMs: stepLimit(values),
    },
  );
});

function describe({ account_id, name, url, version, health, drift, error }: Status): string[] {
  if (error) return [];
  return [
    `Account:  ${account_id}`,
    `Name:     ${name}`,
    `URL:      ${url ?? "none"}`,
    `Version:  ${version ? `${version.id} of ${version.created}${version.tag ? "" : ", not from npm run deploy"}` : "none"}`,
    `Health:   ${health}`,
    ...(drift.length > 0 ? ["Differs:", ...drift.map((line) => `  ${line}`)] : ["As wanted."]),
  ];
}
