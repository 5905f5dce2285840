/** `npm run logs`: follows the log of a deployment. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { parseArguments, UsageError, wholeNumber } from "../command-line/arguments.ts";
import { runCommand } from "../command-line/run-command.ts";
import { Cloudflare } from "../deploy/cloudflare-api.ts";
import { findAccount, findToken } from "../deploy/credentials.ts";
import { exitCodeOf, exitCodes, explain } from "../deploy/failures.ts";
import { defaultTarget, readTarget, targetsFolder } from "../deploy/target.ts";
import { wranglerEnvironment } from "../deploy/wrangler.ts";
import { root } from "../setup/environment.mjs";
import { eventsOf, type Filter, InvocationReader, lineOf, matches } from "./events.ts";

const usage = `Usage: npm run logs [-- OPTIONS]

Follows the log of a deployment until Ctrl-C: one line for each event, as it happens.

Options:
  --target NAME   The deployment of deployments/NAME.json (default: the Worker trawl)
  --targets DIR   The folder with that file (default: deployments)
  --batch ID      Only events of this batch
  --item N        Only events of this item, its place in the request counted from 0
  --json          Events as JSON, one on each line
  -h, --help      Show this help

Takes the token from CLOUDFLARE_API_TOKEN, or from wrangler's login.`;

const string = { type: "string" } as const;
const shownOnFailure = 1500;

await runCommand("npm run logs", usage, async (args) => {
  const { values } = parseArguments({
    args,
    options: {
      target: { type: "string", default: defaultTarget },
      targets: { type: "string", default: targetsFolder },
      batch: string,
      item: string,
      json: { type: "boolean", default: false },
    },
  });
  if (values.item !== undefined && values.batch === undefined) {
    throw new UsageError("--item needs --batch: items are numbered within their batch.");
  }
  const item = values.item === undefined ? undefined : wholeNumber("--item", values.item, { min: 0 });
  const { name, account_id } = readTarget(values.target, {}, values.targets);
  try {
    const token = findToken();
    const accountId = await findAccount(new Cloudflare({ token }), account_id);
    const env = wranglerEnvironment({ target: values.target, accountId, token });
    return await follow(name, env, { batch: values.batch, item }, values.json);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    console.error(explain(error));
    return exitCodeOf(error);
  }
});

/** Runs `wrangler tail` until a signal ends it. Returns the exit code. */
async function follow(
  worker: string,
  env: NodeJS.ProcessEnv,
  filter: Filter,
  asJson: boolean,
): Promise<number> {
  const child = spawn("wrangler", ["tail", worker, "--format", "json"], {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let isStopped = false;
  // wrangler removes its tail from the account when it gets a signal.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      isStopped = true;
      child.kill(signal);
    });
  }
  const reader = new InvocationReader();
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    for (const event of reader.read(piece).flatMap(eventsOf)) {
      if (matches(event, filter)) console.log(asJson ? JSON.stringify(event) : lineOf(event));
    }
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (piece: string) => {
    errors = (errors + piece).slice(-shownOnFailure);
  });
  const [code] = (await once(child, "close")) as [number | null];
  if (isStopped) return exitCodes.done;
  console.error(errors.trim() || "The log has ended.");
  return code || exitCodes.failed;
}
