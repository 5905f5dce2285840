/** `npm run deploy:destroy`: removes a deployment. */
import { parseArguments, UsageError } from "../command-line/arguments.ts";
import { runCommand } from "../command-line/run-command.ts";
import { exitOnSignals } from "../processes/exit-on-signals.ts";
import { ask, hasTerminal } from "./credentials.ts";
import { planTarget } from "./deploy-target.ts";
import { obstacles, removals } from "./destroy-target.ts";
import { onEachTarget } from "./each-target.ts";
import { Blocked, exitCodes, InputNeeded } from "./failures.ts";
import { sharedOptions, sharedUsage, stepLimit, targetsFrom } from "./options.ts";

const usage = `Usage: npm run deploy:destroy [-- TARGET] [--data] [--yes NAME] [OPTIONS]

Removes the Worker and its queues. The database and the content stay, unless --data is given. Asks for the Worker's name.

  --data            Delete the database and the content too. They cannot be restored
  --yes NAME        The Worker's name, in place of being asked
${sharedUsage}

Exit codes: 0 done or nothing to do, 1 failed, 2 input needed.`;

interface Destruction {
  target: string;
  name: string;
  account_id?: string;
  removed: string[];
  /** What was left alone. */
  kept: string[];
  error?: string;
}

exitOnSignals();
await runCommand("npm run deploy:destroy", usage, async (args) => {
  const { values, positionals } = parseArguments({
    args,
    allowPositionals: true,
    options: { ...sharedOptions, data: { type: "boolean", default: false }, yes: { type: "string" } },
  });
  if (values.all || positionals.length > 1)
    throw new UsageError("deploy:destroy takes one target at a time.");
  return onEachTarget<Destruction>(
    targetsFrom(values, positionals),
    ({ target, name }) => ({ target, name, removed: [], kept: [] }),
    async (target, session, outcome) => {
      const { api, intent, state, unreadable } = await planTarget(target, false, session);
      const { names, accountId } = intent;
      outcome.account_id = accountId;
      const inTheWay = [...unreadable, ...obstacles(intent, state, values.data)];
      if (inTheWay.length > 0) throw new Blocked(inTheWay);
      if (!values.data && state.database) outcome.kept.push(`the D1 database ${names.database}`);
      if (!values.data && state.bucket) outcome.kept.push(`the R2 bucket ${names.bucket}`);
      const steps = removals(api, intent, state, values.data);
      if (steps.length === 0) return exitCodes.done;
      for (const { line } of steps) session.say(line);
      await confirm(names.worker, accountId, values.yes);
      for (const { line, remove } of steps) {
        session.say(`${line} …`);
        await remove();
        outcome.removed.push(line);
      }
      return exitCodes.done;
    },
    {
      describe,
      verdict: ({ removed }) => `${removed.length} removed`,
      json: values.json,
      limitMs: stepLimit(values),
    },
  );
});

async function confirm(name: string, accountId: string, given: string | undefined): Promise<void> {
  if (given === undefined && !hasTerminal()) {
    throw new InputNeeded(`To remove ${name} from the account ${accountId}, add --yes ${name}.`);
  }
  const answer =
    given ?? (await ask(`This cannot be undone. Type the Worker's name, ${name}, to remove it: `));
  if (answer !== name)
    throw new InputNeeded(
      `The Worker is called ${name}, not ${JSON.stringify(answer)}. Nothing was removed.`,
    );
}

function describe({ removed, kept, error }: Destruction): string[] {
  if (error) return [];
  return [
    removed.length === 0 ? "Nothing to do." : "Done.",
    ...(kept.length > 0 ? [`Kept: ${kept.join(", ")}. --data deletes that too.`] : []),
  ];
}
