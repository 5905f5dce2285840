/**
 * Structured logs: one JSON line an event.
 *
 * `event` is `<thing>.<what happened>`, such as `item.failed`. Ids go in fields of their own (`batch_id`, `item`,
 * `account_id`, `session`), so that a search for one of them tells its whole story. Never pass a key, a secret or a
 * page's content. What messages of errors bring along is taken out here.
 */

/** From the most to the least that is said. */
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

/** Leaves out what is below `level` from now on, in all of this instance. What is no level leaves out nothing. */
export function logFrom(level: string | undefined): void {
  lowest = Math.max(0, logLevels.indexOf(level as LogLevel));
}

/** Writes one event. Fields that are undefined are left out. */
export function log(level: LogLevel, event: string, fields: LogFields = {}): void {
  if (logLevels.indexOf(level) < lowest) return;
  const safe = Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === "string" ? withoutSecrets(value) : value,
  ]);
  const line = { time: new Date().toISOString(), level, event, ...Object.fromEntries(safe) };
  write[level](JSON.stringify(line));
}

/**
 * The message of anything thrown, on one line, cut to `limit` characters. If it has a cause, that of the cause: Drizzle
 * wraps what D1 throws in an error whose message is the whole query with its parameters.
 */
export function messageOf(thrown: unknown, limit = 500): string {
  if (thrown instanceof Error && thrown.cause instanceof Error) return messageOf(thrown.cause, limit);
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return message.replace(/\s+/g, " ").slice(0, limit);
}

/** What must not be in a log → what stands in its place. */
const secrets: [RegExp, string][] = [
  // API keys and webhook secrets: see account/keys.ts and account/webhook-secret.ts.
  [/\btrawl_[0-9A-Za-z]{8,}/g, "trawl_…"],
  [/\bwhsec_[\w+/=-]+/g, "whsec_…"],
  [/\b(Bearer|Basic) +[^\s"',]+/gi, "$1 …"],
  // A URL's user and password, and its query: hosted URLs and many others carry a signature there.
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/?#"'<>]*@/gi, "$1…@"],
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s?#"'<>]*)[?#][^\s"'<>]*/gi, "$1?…"],
];

function withoutSecrets(text: string): string {
  return secrets.reduce((left, [pattern, instead]) => left.replace(pattern, instead), text);
}
