/** Flags that the commands share, and which targets they name. */
import { resolve } from "node:path";
import { UsageError, wholeNumber } from "../command-line/arguments.ts";
import { defaultTarget, listTargets, readTarget, type Target, targetsFolder } from "./target.ts";

const string = { type: "string" } as const;
const boolean = { type: "boolean", default: false } as const;

export const sharedOptions = {
  all: boolean,
  account: string,
  name: string,
  profile: string,
  subdomain: string,
  url: string,
  targets: string,
  json: boolean,
  timeout: { type: "string", default: "600" },
} as const;

export const sharedUsage = `  --account ID      The Cloudflare account. Needed if the token can use several
  --name NAME       What the Worker is called (default: trawl). Each name is a deployment of its own
  --url URL         Where the deployment is reached, if not at its workers.dev address
  --all             All targets of the folder
  --targets DIR     The folder with the targets' files (default: deployments)
  --json            Print the result as JSON
  --timeout SECONDS Time limit of each step (default: 600)
  -h, --help        Show this help

TARGET is the name of a file in deployments/, without .json. Without one, the flags say everything.
docs/deploying.md explains the files and the token in CLOUDFLARE_API_TOKEN.`;

interface SharedFlags {
  all: boolean;
  account?: string | undefined;
  name?: string | undefined;
  profile?: string | undefined;
  subdomain?: string | undefined;
  url?: string | undefined;
  targets?: string | undefined;
  timeout: string;
}

/** @throws {UsageError} */
export function targetsFrom(flags: SharedFlags, named: string[]): Target[] {
  const folder = flags.targets === undefined ? targetsFolder : resolve(flags.targets);
  const overrides = {
    account_id: flags.account,
    // Workers Builds names the Worker as the dashboard does, whatever wrangler is told.
    name: flags.name ?? process.env.WRANGLER_CI_OVERRIDE_NAME,
    profile: profileFrom(flags.profile),
    subdomain: flags.subdomain,
    url: flags.url,
  };
  if (flags.all && named.length > 0) throw new UsageError("--all takes no targets.");
  const names = flags.all ? listTargets(folder) : named.length > 0 ? [...new Set(named)] : [defaultTarget];
  if (names.length === 0) throw new UsageError(`--all found no targets: ${folder} has no .json file.`);
  if (names.length > 1 && (flags.account ?? flags.name ?? flags.url) !== undefined) {
    throw new UsageError("--account, --name and --url are for one target only.");
  }
  return names.map((name) => readTarget(name, overrides, folder));
}

function profileFrom(given: string | undefined): "paid" | "free" | undefined {
  if (given === undefined || given === "paid" || given === "free") return given;
  throw new UsageError(`--profile must be paid or free, got ${JSON.stringify(given)}.`);
}

/** In ms. */
export function stepLimit({ timeout }: SharedFlags): number {
  return wholeNumber("--timeout", timeout, { max: 3600 }) * 1000;
}
