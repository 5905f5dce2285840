/** `npm run test:fuzz`: Schemathesis calls every operation of the OpenAPI document with generated requests. */
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArguments, wholeNumber } from "../command-line/arguments.ts";
import { runCommand } from "../command-line/run-command.ts";
import { exitOnSignals } from "../processes/exit-on-signals.ts";
import { limitedRun } from "../processes/limited-run.ts";
import { cacheFolder, root } from "../setup/environment.mjs";
import type { Client } from "../trawl/client.ts";
import { startTemporaryTrawl } from "../trawl/temporary-trawl.ts";
import { pythonEnvironment } from "./python-environment.ts";

/** Makes more than 10,000 requests in all. */
const DEFAULT_EXAMPLES = 450;
const LIMIT_MS = 60 * 60_000;
const folder = join(cacheFolder, "clients");
/** Characters of Trawl's output that are shown after a failure. */
const SHOWN_OUTPUT = 4000;

const usage = `Usage: npm run test:fuzz [-- OPTIONS]

Calls every operation of the OpenAPI document with requests that match it and requests that
do not, and checks the responses with Schemathesis. Needs Python 3. Calls only this machine.
Takes about a quarter of an hour, and always ends within an hour.

Options:
  --examples N   Random requests per operation, besides those at the limits of each schema (default: ${DEFAULT_EXAMPLES})
  --seed N       Seed of the random requests (default: random)
  --help         Show this help`;

await runCommand("npm run test:fuzz", usage, async (args) => {
  const { values } = parseArguments({
    args,
    options: { examples: { type: "string" }, seed: { type: "string" } },
  });
  const examples = wholeNumber("--examples", values.examples ?? String(DEFAULT_EXAMPLES));
  const seed = values.seed === undefined ? [] : [`--seed=${wholeNumber("--seed", values.seed, { min: 0 })}`];
  const bin = pythonEnvironment();
  if (!bin) {
    console.log("Skipped, because there is no python3.");
    return 0;
  }
  exitOnSignals();
  const trawl = await startTemporaryTrawl("fuzz", {
    flags: ["--config", join(copyOfWorker(), "wrangler.toml")],
  });
  try {
    const config = join(folder, "schemathesis.toml");
    writeFileSync(config, await configuration(trawl.client));
    const options = [`--max-examples=${examples}`, "--no-shrink", "--continue-on-failure", ...seed];
    const { origin } = trawl.client;
    const command = ["--config-file", config, "run", `${origin}/openapi.json`, ...options];
    const { isOk, isTimedOut } = await limitedRun([join(bin, "schemathesis"), ...command], {
      limitMs: LIMIT_MS,
      cwd: folder,
      env: { ...process.env, PYTHONPATH: import.meta.dirname, PYTHONUNBUFFERED: "1", TRAWL: origin },
      onLine: console.log,
    });
    if (isTimedOut) console.log(`Stopped after ${LIMIT_MS / 60_000} minutes.`);
    if (!isOk) console.log(`The end of Trawl's output:\n${trawl.worker.output().slice(-SHOWN_OUTPUT)}`);
    return isOk ? 0 : 1;
  } finally {
    await trawl.stop();
  }
});

/** `wrangler dev` restarts the Worker when a source file changes, which breaks off requests. Nobody edits this copy. */
function copyOfWorker(): string {
  const copy = join(folder, "worker");
  rmSync(copy, { recursive: true, force: true });
  for (const part of ["src", "wrangler.toml", ".dev.vars"]) {
    cpSync(join(root, part), join(copy, part), { recursive: true });
  }
  return copy;
}

/** Schemathesis's configuration, with objects that exist, so that requests reach more than a 404. */
async function configuration(client: Client): Promise<string> {
  const url = `${client.origin}/errors/not-found`;
  const { id } = await client.createBatch({ items: [{ custom_id: "page", url }] });
  await client.untilCompleted(id, { limitMs: 60_000 });
  const [item] = await client.items(id);
  const page = await client.retrieve(item?.retrieve_id ?? "", ["markdown"]);
  const hosted = new URL(page.markdown_hosted_url ?? "");
  const fixed = {
    retrieve_id: page.retrieve_id,
    format: "markdown",
    ...Object.fromEntries(hosted.searchParams),
  };
  return `
hooks = "fuzz_hooks"

[auth.openapi.key]
bearer = ${JSON.stringify(client.key)}

[dictionaries]
batches = { values = [${JSON.stringify(id)}] }
pages = { values = [${JSON.stringify(page.retrieve_id)}] }
parsers = { values = ["@trawl/article"] }

[[operations]]
include-path-regex = "^/v1/batches/"
parameters.id = { dictionary = "batches", probability = 0.5 }

[[operations]]
include-path-regex = "^/v1/parsers/"
parameters.id = { dictionary = "parsers", probability = 0.5 }

[[operations]]
include-operation-id = "retrieve"
parameters.retrieve_id = { dictionary = "pages", probability = 0.5 }

# The signature covers the other parts of the URL.
[[operations]]
include-operation-id = "getHostedContent"
parameters = { ${Object.entries(fixed)
    .map(([name, value]) => `${name} = ${JSON.stringify(value)}`)
    .join(", ")} }
`;
}
