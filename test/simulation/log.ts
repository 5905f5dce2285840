/** Takes the Worker's log: counts its warnings and errors, and shows what is asked for. */

const consoleLevels = ["debug", "log", "info", "warn", "error"] as const;

export class WorkerLog {
  /** Warnings and errors, by event. */
  readonly events: Record<string, number> = {};
  readonly #show: ((line: string) => void) | undefined;

  /** @param show gets each line */
  constructor(show?: (line: string) => void) {
    this.#show = show;
  }

  /** Takes all that is logged from now on. Returns a function that gives it back to the console. */
  install(): () => void {
    const originals = consoleLevels.map((level) => console[level]);
    for (const level of consoleLevels) console[level] = (...given: unknown[]) => this.#take(given.join(" "));
    return () => {
      for (const [n, level] of consoleLevels.entries()) console[level] = originals[n] as () => void;
    };
  }

  #take(line: string): void {
    this.#show?.(line);
    const { level, event } = parsed(line);
    if (level !== "warn" && level !== "error") return;
    const name = event ?? line.slice(0, 80);
    this.events[name] = (this.events[name] ?? 0) + 1;
  }
}

function parsed(line: string): { level?: string; event?: string } {
  if (!line.startsWith("{")) return { level: "error" };
  try {
    return JSON.parse(line);
  } catch {
    return { level: "error" };
  }
}
