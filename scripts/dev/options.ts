import { parseArgs } from "node:util";
import type { WorkerOptions } from "../trawl/worker.ts";

/** Cloudflare's own default for `wrangler dev`. */
const defaultPort = 8787;

/**
 * What `npm run dev` starts, by its arguments and its environment.
 *
 * `--port` comes before `PORT`. Private addresses may be rendered, since a developer's pages and webhook receivers are
 * on this machine, unless `--var ALLOW_PRIVATE_NETWORK:false` or `.dev.vars` says otherwise. All flags but `--port` and
 * `--persist-to` are wrangler's.
 *
 * @param secrets the text of `.dev.vars`
 * @throws Error when the port is none
 */
export function devOptions(
  args: string[],
  env: NodeJS.ProcessEnv,
  secrets: string,
): WorkerOptions & { port: number; flags: string[] } {
  const { values, tokens } = parseArgs({
    args,
    strict: false,
    tokens: true,
    options: { port: { type: "string" }, "persist-to": { type: "string" } },
  });
  const ours = new Set<number>();
  for (const token of tokens) {
    if (token.kind !== "option" || (token.name !== "port" && token.name !== "persist-to")) continue;
    ours.add(token.index);
    if (token.inlineValue === false) ours.add(token.index + 1);
  }
  const decided = /^\s*ALLOW_PRIVATE_NETWORK\s*=/m.test(secrets);
  return {
    port: portFrom(values.port ?? env.PORT ?? defaultPort),
    persistTo: typeof values["persist-to"] === "string" ? values["persist-to"] : undefined,
    vars: decided ? {} : { ALLOW_PRIVATE_NETWORK: true },
    flags: args.filter((_, index) => !ours.has(index)),
  };
}

function portFrom(given: string | number | boolean): number {
  const port = Number(given);
  if (typeof given === "boolean" || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(`The port must be a whole number from 1 to 65535, but is ${given}.`);
  }
  return port;
}
