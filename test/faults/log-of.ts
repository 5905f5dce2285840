/** Keeps what the Worker logs, so that a schedule that fails can show its own, and the others are silent. */
const kept: string[] = [];
const MAX_KEPT = 20_000;

/** From now on logs are kept and not printed. */
export function keepLogs(): void {
  const keep = (line: unknown) => {
    kept.push(String(line));
    if (kept.length > MAX_KEPT) kept.splice(0, MAX_KEPT / 2);
  };
  Object.assign(console, { debug: keep, log: keep, info: keep, warn: keep, error: keep });
}

/** The lines that name one of these. */
export function logOf(...names: string[]): string[] {
  return kept.filter((line) => names.some((name) => name !== "" && line.includes(name)));
}
