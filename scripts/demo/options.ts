import { parseArgs } from "node:util";

export const usage = `npm run demo [-- URL… --keep]

  Renders 25 pages of the test web site, or the URLs given, through a Worker of its own on this machine.

  --keep   leaves everything running afterwards, and prints calls to try`;

export interface DemoOptions {
  /** Absolute http or https URLs; none for the test web site's pages. */
  urls: string[];
  keep: boolean;
  help: boolean;
}

/** A URL without a scheme is taken for https. @throws Error that says which argument is off */
export function demoOptions(args: string[]): DemoOptions {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { keep: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
  });
  return { urls: positionals.map(absolute), ...values };
}

function absolute(given: string): string {
  const url = URL.parse(given.includes("://") ? given : `https://${given}`);
  if (!url || !/^https?:$/.test(url.protocol)) throw new Error(`${given} is no http or https URL.`);
  return url.href;
}
