/**
 * Structured logs: one line of JSON per event.
 *
 * `event` is `<subject>.<what happened>`, such as `item.failed`. Ids have fields of their own (`batch_id`, `item`,
 * `account_id`, `session`), so that a search for an id finds its whole story. Never pass a key, a secret or page content.
 * Secrets in the messages of errors are removed here.
 */

import { DrizzleQueryError } from "drizzle-orm/errors";

/** From the most to the least verbose. */
export const logLevels = ["debug", "info", "warn", "error"] as const;

export type LogLevel = (typeof logLevels)[number];

export type LogFields = Record<string, string | number | boolean | null | undefined>;

const write: Record<LogLevel, (line: string) => void> = {
  debug: (line) => console.debug(line),
  info: (line) => console.log(line),
  warn: (line) => console.warn(line),
  error: (line) => console.error(line),
};

let lowest = 0;

/** From now on logs nothing below `level`, in this isolate. An unknown level logs everything. */
export function setLogLevel(level: string | undefined): void {
  lowest = Math.max(0, logLevels.indexOf(level as LogLevel));
}

/** Logs an event. Fields that are undefined are left out. */
export function log(level: LogLevel, event: string, fields: LogFields = {}): void {
  if (logLevels.indexOf(level) < lowest) return;
  const safe = Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === "string" ? removeSecrets(value) : value,
  ]);
  const line = { time: new Date().toISOString(), level, event, ...Object.fromEntries(safe) };
  write[level](JSON.stringify(line));
}

/** The message of anything thrown, without secrets, on one line and cut to `limit` characters. */
export function messageOf(thrown: unknown, limit = 500): string {
  // Its own message is the whole query with its parameters, which may be secret. The cause is what D1 threw.
  if (thrown instanceof DrizzleQueryError) return messageOf(thrown.cause, limit);
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  // Before the cut, which could leave half of a secret that nothing recognizes.
  return removeSecrets(message).replace(/\s+/g, " ").slice(0, limit);
}

/**
 * Where an error was thrown: the lines of its stack without its message, which `messageOf` gives. Undefined if there is
 * no stack. A message can be as long as a page and hold what a customer sent.
 */
export function placeOf(thrown: unknown, limit = 2000): string | undefined {
  if (!(thrown instanceof Error) || thrown.stack === undefined) return undefined;
  const lines = thrown.stack.split("\n").filter((line) => /^\s+at /.test(line));
  return lines
    .map((line) => line.trim())
    .join("\n")
    .slice(0, limit);
}

/** Patterns of secrets, and what replaces them. */
const secrets: [RegExp, string][] = [
  // The query and its parameters, on several lines.
  [/\bFailed query: [\s\S]*?(?=\n\s+at |$)/g, "Failed query: …"],
  // API keys and webhook secrets: see account/keys.ts and account/webhook-secret.ts.
  [/\btrawl_[0-9A-Za-z]{8,}/g, "trawl_…"],
  [/\bwhsec_[\w+/=-]+/g, "whsec_…"],
  [/\b(Bearer|Basic) +[^\s"',]+/gi, "$1 …"],
  // A URL's credentials, and its query, where hosted URLs and many others have a signature.
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/?#"'<>]*@/gi, "$1…@"],
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s?#"'<>]*)[?#][^\s"'<>]*/gi, "$1?…"],
];

function removeSecrets(text: string): string {
  return secrets.reduce((left, [pattern, instead]) => left.replace(pattern, instead), text);
}
