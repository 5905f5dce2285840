import { existsSync } from "node:fs";
import { listVariables } from "../../src/settings.ts";
import { type AutoscalerName, autoscalers } from "../../test/simulation/autoscaler.ts";
import type { SimulationOptions } from "../../test/simulation/options.ts";
import { parseWork, type Work } from "../../test/simulation/workload.ts";
import { parseArguments, UsageError, wholeNumber } from "../command-line/arguments.ts";

export const usage = `Usage: npm run simulate [-- OPTIONS]

Runs the Worker's own code on a model of Cloudflare and a virtual clock, and prints how long
the work takes, what it uses and what that costs. Makes no request to anywhere.

Work:
  --pages N            Pages in all (default: 10000)
  --batches N          Batches that they are sent in (default: one for each 10000 pages)
  --work LIST          Instead: ACCOUNT:PAGES[/BATCHES][@SECONDS], separated by commas, such
                       as A:10000,A:600/60,B:1@60
  --country CODE       Country of all batches
  --pages-take TIME    Seconds a page takes; heavy-tail (5 % take 20 s, the mean is 3 s); or a
                       file with times in ms (default: 3)
  --hosts N            Hosts that the pages are spread over (default: 100)
  --host-limit N       A host answers more pages at once with status 429

Platform:
  --autoscaler MODEL   How Queues adds consumers: at-once, plus-one (one each time a consumer
                       ends while tickets wait), plus-one-per-10s, full-backlog (plus-one,
                       while a full message batch waits) or single (default: at-once)
  --consumers N        Consumers at once (default: max_concurrency in wrangler.toml, or 250)
  --plan NAME          Limits of Browser Run: paid or free (default: paid)
  --launches N         Instead of the plan's: launches a second
  --browser-ms N       Round trip of a DevTools command (default: 20)
  --page-bytes N       Memory a page takes until it is stored (default: 1000000)

Worker:
  --browsers N         MAX_BROWSERS (default: 10)
  --tabs N             TABS_PER_LEASE (default: 8)
  --set NAME=VALUE     Any other variable of docs/configuration.md; may be repeated

Faults:
  --deaths RATE        Share of pages whose browser ends without warning
  --kills RATE         Share of consumers that are killed within their first minute
  --unavailable RATE   Share of launches answered with 503
  --refuse-location    Launches with a location are refused
  --dispose-hangs      A browser context with a tab is disposed of without an answer

Output:
  --seed N             The same seed gives the same result (default: 1)
  --max-seconds N      Give up after this much simulated time (default: 172800)
  --chart              Draw the course of it
  --json               Print the totals as JSON
  --log LEVEL          Show the Worker's log, on standard error
  --help               Show this help`;

export interface CommandOptions {
  simulation: SimulationOptions;
  chart: boolean;
  json: boolean;
  showsLog: boolean;
}

const flags = {
  pages: { type: "string" },
  batches: { type: "string" },
  work: { type: "string" },
  country: { type: "string" },
  "pages-take": { type: "string" },
  hosts: { type: "string" },
  "host-limit": { type: "string" },
  autoscaler: { type: "string" },
  consumers: { type: "string" },
  plan: { type: "string" },
  launches: { type: "string" },
  "browser-ms": { type: "string" },
  "page-bytes": { type: "string" },
  browsers: { type: "string" },
  tabs: { type: "string" },
  set: { type: "string", multiple: true },
  deaths: { type: "string" },
  kills: { type: "string" },
  unavailable: { type: "string" },
  "refuse-location": { type: "boolean" },
  "dispose-hangs": { type: "boolean" },
  seed: { type: "string" },
  "max-seconds": { type: "string" },
  chart: { type: "boolean" },
  json: { type: "boolean" },
  log: { type: "string" },
} as const;

/** The most items of a batch. */
const MAX_BATCH_PAGES = 10_000;

/** @throws {UsageError} for a wrong argument */
export function commandOptions(args: string[]): CommandOptions {
  const { values } = parseArguments({ args, options: flags });
  const amount = (name: keyof typeof values, fallback: number, min = 1) =>
    wholeNumber(`--${name}`, String(values[name] ?? fallback), { min });
  const optional = (name: keyof typeof values) => (values[name] === undefined ? undefined : amount(name, 0));
  const browsers = amount("browsers", 10);
  const tabs = amount("tabs", 8);
  return {
    simulation: {
      seed: amount("seed", 1, 0),
      work: workOf(values, amount),
      pagesTake: pagesTake(values["pages-take"] ?? "3"),
      hosts: amount("hosts", 100),
      hostLimit: optional("host-limit") ?? Number.POSITIVE_INFINITY,
      plan: oneOf("--plan", values.plan ?? "paid", ["paid", "free"]),
      browsers,
      tabs,
      launchesPerSecond: optional("launches"),
      autoscaler: oneOf<AutoscalerName>("--autoscaler", values.autoscaler ?? "at-once", autoscalers),
      consumers: optional("consumers"),
      browserMs: amount("browser-ms", 20, 0),
      pageBytes: amount("page-bytes", 1_000_000, 0),
      deaths: rate("--deaths", values.deaths),
      kills: rate("--kills", values.kills),
      unavailable: rate("--unavailable", values.unavailable),
      refusesLocation: values["refuse-location"] ?? false,
      disposeHangs: values["dispose-hangs"] ?? false,
      country: values.country,
      variables: variablesOf({ browsers, tabs, log: values.log, given: values.set ?? [] }),
      maxSeconds: amount("max-seconds", 172_800),
    },
    chart: values.chart ?? false,
    json: values.json ?? false,
    showsLog: values.log !== undefined,
  };
}

function workOf(
  values: { work?: string | undefined },
  amount: (name: "pages" | "batches", fallback: number) => number,
): Work[] {
  if (values.work !== undefined) {
    const work = parseWork(values.work);
    if (!work) {
      const rule = "ACCOUNT:PAGES[/BATCHES][@SECONDS], separated by commas, with a page for each batch";
      throw new UsageError(`--work must be ${rule}, got ${JSON.stringify(values.work)}.`);
    }
    return work;
  }
  const pages = amount("pages", 10_000);
  const batches = amount("batches", Math.ceil(pages / MAX_BATCH_PAGES));
  if (pages < batches) throw new UsageError(`--batches must be at most --pages (${pages}), got ${batches}.`);
  return [{ account: "A", pages, batches, startsAt: 0 }];
}

function pagesTake(given: string): string {
  if (given === "heavy-tail" || Number(given) >= 0 || existsSync(given)) return given;
  const rule = "a number of seconds, heavy-tail or a file";
  throw new UsageError(`--pages-take must be ${rule}, got ${JSON.stringify(given)}.`);
}

function rate(flag: string, given = "0"): number {
  const number = given.trim() === "" ? Number.NaN : Number(given);
  if (number >= 0 && number <= 1) return number;
  throw new UsageError(`${flag} must be a number from 0 to 1, got ${JSON.stringify(given)}.`);
}

function oneOf<Value extends string>(flag: string, given: string, values: readonly Value[]): Value {
  if (values.includes(given as Value)) return given as Value;
  throw new UsageError(`${flag} must be one of ${values.join(", ")}, got ${JSON.stringify(given)}.`);
}

/** Variables of the Worker. Those that it does not know (any more) are left out, unless they were given by name. */
function variablesOf(options: {
  browsers: number;
  tabs: number;
  log: string | undefined;
  given: string[];
}): Record<string, string> {
  const known = new Set<string>(listVariables().map(({ name }) => name));
  const variables: Record<string, string> = { LOG_LEVEL: options.log ?? "warn" };
  if (known.has("MAX_BROWSERS")) variables.MAX_BROWSERS = String(options.browsers);
  if (known.has("TABS_PER_LEASE")) variables.TABS_PER_LEASE = String(options.tabs);
  for (const assignment of options.given) {
    const [, name = "", value = ""] = /^(\w+)=(.*)$/.exec(assignment) ?? [];
    if (!known.has(name)) {
      const rule = "NAME=VALUE with a variable of docs/configuration.md";
      throw new UsageError(`--set must be ${rule}, got ${JSON.stringify(assignment)}.`);
    }
    variables[name] = value;
  }
  return variables;
}
