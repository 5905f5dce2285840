import { parseArgs, parseEnv } from "node:util";
import { wholeNumber } from "../command-line/arguments.ts";
import type { WorkerOptions } from "../trawl/worker.ts";

/** The default of `wrangler dev`, too. */
const defaultPort = 8787;

export const usage = `Usage: npm run dev [-- OPTIONS]

Runs Trawl on this machine with wrangler dev. Pages and webhooks on private addresses
are allowed, unless .dev.vars or --var says otherwise.

Options:
  --port N           Port to listen on (default: the PORT variable, or ${defaultPort})
  --persist-to DIR   Where to keep local data (default: .wrangler/state)
  --var NAME:VALUE   Override a variable of wrangler.toml. Repeatable
  --help             Show this help

All other options are passed to wrangler dev.`;

/**
 * What `npm run dev` starts. `--port` wins over `PORT`. Every flag but `--port` and `--persist-to` goes to wrangler.
 *
 * Private addresses are allowed, since a developer's pages and webhook receivers are on this machine. `.dev.vars` or
 * `--var ALLOW_PRIVATE_NETWORK:false` can change that.
 *
 * @param devVars the text of `.dev.vars`
 * @throws {UsageError} for an invalid port
 */
export function devOptions(
  args: string[],
  env: NodeJS.ProcessEnv,
  devVars: string,
): WorkerOptions & { port: number; flags: string[] } {
  const { values, tokens } = parseArgs({
    args,
    strict: false,
    tokens: true,
    options: { port: { type: "string" }, "persist-to": { type: "string" } },
  });
  const consumed = new Set<number>();
  for (const token of tokens) {
    if (token.kind !== "option" || (token.name !== "port" && token.name !== "persist-to")) continue;
    consumed.add(token.index);
    if (token.inlineValue === false) consumed.add(token.index + 1);
  }
  const [flag, port] = values.port === undefined ? ["PORT", env.PORT] : ["--port", String(values.port)];
  const isSetInFile = "ALLOW_PRIVATE_NETWORK" in parseEnv(devVars);
  return {
    port: port === undefined ? defaultPort : wholeNumber(flag, port, { min: 1, max: 65_535 }),
    persistTo: typeof values["persist-to"] === "string" ? values["persist-to"] : undefined,
    vars: isSetInFile ? {} : { ALLOW_PRIVATE_NETWORK: true },
    flags: args.filter((_, index) => !consumed.has(index)),
  };
}
