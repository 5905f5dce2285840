/** Where a Trawl runs, as commands take it. */
import { UsageError } from "../command-line/arguments.ts";

/** Of `npm run dev`. */
export const localOrigin = "http://127.0.0.1:8787";

/** @throws {UsageError} unless `--url` is an http or https URL */
export function originIn(url: string): string {
  if (URL.canParse(url) && /^https?:/.test(url)) return new URL(url).origin;
  throw new UsageError(`--url must be an http or https URL, got ${JSON.stringify(url)}.`);
}

/** Whether it runs on this machine. */
export function isLocal(origin: string): boolean {
  return ["127.0.0.1", "localhost", "[::1]"].includes(new URL(origin).hostname);
}
