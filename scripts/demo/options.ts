import { parseArguments, UsageError } from "../command-line/arguments.ts";

export const usage = `Usage: npm run demo [-- URL... OPTIONS]

Renders the given URLs, or 25 pages of a local test site, with Trawl and a real browser
on this machine, and shows the results.

Options:
  --keep   Keep everything running afterwards and print requests to try
  --help   Show this help`;

export interface DemoOptions {
  /** Absolute http or https URLs. None means the test site's pages. */
  urls: string[];
  keep: boolean;
}

/**
 * A URL without a scheme becomes an https URL.
 *
 * @throws {UsageError} for a wrong argument
 */
export function demoOptions(args: string[]): DemoOptions {
  const { values, positionals } = parseArguments({
    args,
    allowPositionals: true,
    options: { keep: { type: "boolean", default: false } },
  });
  return { urls: positionals.map(absolute), keep: values.keep };
}

function absolute(given: string): string {
  const url = URL.parse(given.includes("://") ? given : `https://${given}`);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`URL must be an http or https URL, got ${JSON.stringify(given)}.`);
  }
  return url.href;
}
