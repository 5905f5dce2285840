/**
 * Structured logs: one JSON line an event.
 *
 * `event` is `<thing>.<what happened>`, such as `item.failed`. Ids go in fields of their own (`batch_id`, `item`,
 * `account_id`), so that a search for one of them tells its whole story. Never pass a key, a secret or a page's content.
 */

export type LogLevel = "debug" | "info" | "warn" | "error";

export type LogFields = Record<string, string | number | boolean | null | undefined>;

const write: Record<LogLevel, (line: string) => void> = {
  debug: (line) => console.debug(line),
  info: (line) => console.log(line),
  warn: (line) => console.warn(line),
  error: (line) => console.error(line),
};

/** Writes one event. Fields that are undefined are left out. */
export function log(level: LogLevel, event: string, fields: LogFields = {}): void {
  write[level](JSON.stringify({ time: new Date().toISOString(), level, event, ...fields }));
}

/** The message of anything thrown, cut to `limit` characters, on one line. */
export function messageOf(thrown: unknown, limit = 500): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return message.replace(/\s+/g, " ").slice(0, limit);
}
