/** `npm run deploy`: puts Trawl into a Cloudflare account, or brings a deployment up to date. */
import { parseArguments, wholeNumber } from "../command-line/arguments.ts";
import { runCommand } from "../command-line/run-command.ts";
import { exitOnSignals } from "../processes/exit-on-signals.ts";
import { deployTarget, type Outcome } from "./deploy-target.ts";
import { onEachTarget } from "./each-target.ts";
import { exitCodes } from "./failures.ts";
import { sharedOptions, sharedUsage, stepLimit, targetsFrom } from "./options.ts";
import { probeDeployment } from "./probe.ts";

const usage = `Usage: npm run deploy [-- TARGET... | --all] [OPTIONS]

Deploys Trawl and prints its URL and first key. Run it again to upgrade, or after a failure: it makes what is left.

  --dry-run         Show what would change. Exits with 3 if anything would
  --profile P       paid or free: the account's plan (default: found out)
  --subdomain NAME  Registers NAME.workers.dev if the account has no subdomain
  --adopt           Use a Worker, database, bucket or queue of that name that Trawl did not make
  --yes             Accept the price of more than 10 browsers
  --no-probe        Do not measure the deployment afterwards. Measuring renders 25 pages and takes 2 minutes. It needs
                    the ADMIN_TOKEN, which only a first deploy has, unless the environment gives it
  --consumers SEC   How long that counts consumers, 0 to 120 (default: 120)
  --no-key          Create no key, and do not print a new ADMIN_TOKEN: for CI, whose logs are kept. Cloudflare's own
                    builds imply this and --no-probe
${sharedUsage}

Exit codes: 0 done or nothing to do, 1 failed, 2 input needed, 3 a dry run found changes.`;

const boolean = { type: "boolean", default: false } as const;

/** Cloudflare's own builds, whose logs are kept: no key, no new token, no probe. */
const isWorkersBuild = process.env.WORKERS_CI === "1";

exitOnSignals();
await runCommand("npm run deploy", usage, async (args) => {
  const { values, positionals } = parseArguments({
    args,
    allowPositionals: true,
    options: {
      ...sharedOptions,
      "dry-run": boolean,
      adopt: boolean,
      yes: boolean,
      "no-key": boolean,
      "no-probe": boolean,
      consumers: { type: "string", default: "120" },
    },
  });
  const dryRun = values["dry-run"];
  const withKey = !values["no-key"] && !isWorkersBuild;
  const options = { adopt: values.adopt, dryRun, yes: values.yes, withKey };
  const consumerSeconds = wholeNumber("--consumers", values.consumers, { min: 0, max: 120 });
  return onEachTarget<Outcome>(
    targetsFrom(values, positionals),
    ({ target, name }) => ({ target, name, changes: [] }),
    async (target, session, outcome) => {
      const adminToken = await deployTarget(target, options, session, outcome);
      if (adminToken && outcome.url && !values["no-probe"] && !isWorkersBuild) {
        const { say } = session;
        await probeDeployment({ target: target.target, url: outcome.url, adminToken, consumerSeconds, say });
      }
      return dryRun && outcome.changes.length > 0 ? exitCodes.drift : exitCodes.done;
    },
    {
      describe: (outcome) => describe(outcome, dryRun),
      verdict: ({ changes }) =>
        changes.length === 0 ? "no change" : `${changes.length} ${dryRun ? "to make" : "made"}`,
      json: values.json,
      limitMs: stepLimit(values),
    },
  );
});

function describe({ url, changes, key, admin_token, error }: Outcome, dryRun: boolean): string[] {
  const secrets = [
    ...(key ? [`Key:          ${key}`] : []),
    ...(admin_token ? [`ADMIN_TOKEN:  ${admin_token}`] : []),
    ...(key || admin_token ? ["They are shown only this once."] : []),
  ];
  if (error) return secrets.length > 0 ? ["Made before the failure:", ...secrets] : [];
  if (changes.length === 0) return ["No change.", `URL:          ${url}`];
  if (dryRun) return ["Would change:", ...changes.map((line) => `  ${line}`)];
  return [
    "",
    `URL:          ${url}`,
    ...secrets,
    "",
    `Try it:       curl ${url}/v1/batches -H "Authorization: Bearer ${key ?? "$TRAWL_KEY"}"`,
    `Reference:    ${url}/docs`,
  ];
}
