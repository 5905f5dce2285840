/** `npm run deploy:rollback`: returns to an earlier version of the Worker. */
import { parseArguments, UsageError } from "../command-line/arguments.ts";
import { runCommand } from "../command-line/run-command.ts";
import { exitOnSignals } from "../processes/exit-on-signals.ts";
import type { WorkerState } from "./account-state.ts";
import { provideBundle, readVersionTag } from "./bundle.ts";
import { writeConfiguration } from "./configuration.ts";
import { planTarget } from "./deploy-target.ts";
import { onEachTarget } from "./each-target.ts";
import { DeployFailure, exitCodes } from "./failures.ts";
import { sharedOptions, sharedUsage, stepLimit, targetsFrom } from "./options.ts";
import { isOwnWorker } from "./plan.ts";
import { wrangler } from "./wrangler.ts";

const usage = `Usage: npm run deploy:rollback [-- VERSION] [--target TARGET] [OPTIONS]

Returns to VERSION (an id, as deploy:status shows it), or to the version before the running one. The database stays as
it is: migrations only add, so earlier versions work with it.

  --target TARGET   A file in deployments/
${sharedUsage}

Exit codes: 0 done or nothing to do, 1 failed, 2 input needed.`;

interface Rollback {
  target: string;
  name: string;
  from?: string;
  to?: string;
  error?: string;
}

exitOnSignals();
await runCommand("npm run deploy:rollback", usage, async (args) => {
  const { values, positionals } = parseArguments({
    args,
    allowPositionals: true,
    options: { ...sharedOptions, target: { type: "string" } },
  });
  const [version, ...more] = positionals;
  if (more.length > 0) throw new UsageError(`Unexpected argument ${JSON.stringify(more[0])}.`);
  if (values.all) throw new UsageError("deploy:rollback takes one target at a time.");
  return onEachTarget<Rollback>(
    targetsFrom(values, values.target ? [values.target] : []),
    ({ target, name }) => ({ target, name }),
    async (target, session, rollback) => {
      const { intent, state } = await planTarget(target, false, session);
      const { worker } = state;
      if (!worker?.running || !isOwnWorker(state)) {
        throw new DeployFailure(`Nothing was deployed as ${intent.names.worker} by npm run deploy.`);
      }
      rollback.from = worker.running.id;
      rollback.to = version ?? versionBefore(worker);
      if (rollback.from === rollback.to) return exitCodes.done;
      checkStorage(worker, rollback.to);
      const { token, limitMs, sourceDigest } = session;
      const options = { target: target.target, accountId: intent.accountId, token, limitMs };
      const bundle = await provideBundle(sourceDigest, options);
      const file = writeConfiguration(target.target, intent.accountId, bundle, intent.wanted);
      await wrangler(
        ["rollback", rollback.to, "--yes", "--config", file, "--message", "npm run deploy:rollback"],
        options,
      );
      return exitCodes.done;
    },
    { describe, verdict: ({ to }) => `runs ${to}`, json: values.json, limitMs: stepLimit(values) },
  );
});

/** The newest version by `npm run deploy` that was made before the running one. */
function versionBefore({ running, versions }: WorkerState): string {
  const earlier = versions.find(({ tag, createdOn }) => tag && running && createdOn < running.createdOn);
  if (!earlier) throw new DeployFailure("There is no earlier version to return to.");
  return earlier.id;
}

/** Cloudflare refuses it too, but does not say what to do. */
function checkStorage({ running, versions }: WorkerState, to: string): void {
  const wanted = versions.find(({ id }) => id === to);
  if (!wanted) throw new DeployFailure(`There is no version ${to} of this Worker.`);
  const [before, after] = [wanted, running].map((version) => readVersionTag(version?.tag)?.storageTag);
  if (before === after || before === undefined || after === undefined) return;
  throw new DeployFailure(
    `Version ${to} has the Durable Objects of ${before}, and the running one those of ${after}. Cloudflare cannot go back across that: deploy a corrected version instead.`,
  );
}

function describe({ from, to, error }: Rollback): string[] {
  if (error) return [];
  if (from === to) return [`Nothing to do: version ${to} runs already.`];
  return [`Runs version ${to} again, in place of ${from}. The database is as it was.`];
}
