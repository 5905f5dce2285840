/** Keeps the Worker's logs instead of printing them, so that a failing schedule can show its own. */
const kept: string[] = [];
const MAX_KEPT = 20_000;

/** Starts to keep logs instead of printing them. */
export function keepLogs(): void {
  const keep = (line: unknown) => {
    kept.push(String(line));
    if (kept.length > MAX_KEPT) kept.splice(0, MAX_KEPT / 2);
  };
  Object.assign(console, { debug: keep, log: keep, info: keep, warn: keep, error: keep });
}

/** The lines that contain one of these names. */
export function logOf(...names: string[]): string[] {
  return kept.filter((line) => names.some((name) => name !== "" && line.includes(name)));
}
