/** `npm run probe`: measures a running Trawl. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { parseArguments, UsageError, wholeNumber } from "../command-line/arguments.ts";
import { runCommand } from "../command-line/run-command.ts";
import { readTarget } from "../deploy/target.ts";
import { root } from "../setup/environment.mjs";
import { isLocal, localOrigin, originIn } from "../trawl/origin.ts";
import { keepMeasured } from "./keep.ts";
import { measure, TokenError } from "./measure.ts";
import { reportLines } from "./report.ts";

const usage = `Usage: npm run probe [-- OPTIONS]

Renders 25 pages with a running Trawl, and reports what no documentation says: how long a
browser takes to launch and a DevTools command to return, pages per second in 1, 4 and 8
tabs, and how many consumers the queue runs. Then it suggests settings. Takes 2 minutes.

Options:
  --target NAME      The deployment of deployments/NAME.json, at its url
  --url URL          Where Trawl runs (default: ${localOrigin}, as npm run dev)
  --consumers SEC    How long to count consumers, 0 to 120 (default: 120)
  --json FILE        Also write everything to FILE
  -h, --help         Show this help

Environment:
  ADMIN_TOKEN        The deployment's admin token (for npm run dev: the one in .dev.vars)`;

const string = { type: "string" } as const;

await runCommand("npm run probe", usage, async (args) => {
  const { values } = parseArguments({
    args,
    options: { target: string, url: string, json: string, consumers: { type: "string", default: "120" } },
  });
  const origin = originOf(values);
  const consumerSeconds = wholeNumber("--consumers", values.consumers, { min: 0, max: 120 });
  const adminToken = tokenFor(origin);
  try {
    const found = await measure({ origin, adminToken, consumerSeconds, say: (line) => console.error(line) });
    console.log(`\n${reportLines(found).join("\n")}`);
    if (values.json) {
      keepMeasured(values.json, found);
      console.error(`\nWritten to ${values.json}.`);
    }
    return found.failures.length > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    console.error(error.message);
    return 2;
  }
});

function originOf({ target, url }: { target?: string | undefined; url?: string | undefined }): string {
  if (target !== undefined && url !== undefined) throw new UsageError("Give --target or --url, not both.");
  const given = url ?? (target === undefined ? localOrigin : readTarget(target).url);
  if (given === undefined) {
    throw new UsageError(`deployments/${target}.json has no url. Add it, or give --url.`);
  }
  return originIn(given);
}

function tokenFor(origin: string): string {
  const { ADMIN_TOKEN } = process.env;
  if (ADMIN_TOKEN) return ADMIN_TOKEN;
  const file = join(root, ".dev.vars");
  const token =
    isLocal(origin) && existsSync(file) ? parseEnv(readFileSync(file, "utf8")).ADMIN_TOKEN : undefined;
  if (token) return token;
  throw new UsageError("Set ADMIN_TOKEN to the deployment's admin token.");
}
