/** Shows on standard error how far the work is. */
import { styleText } from "node:util";
import { cut } from "../command-line/text-width.ts";

export interface State {
  total: number;
  done: number;
  /** By code. */
  failures: ReadonlyMap<string, number>;
}

const BAR_WIDTH = 30;
/** How often a line is printed if standard error is not a terminal, in ms. */
const LINE_MS = 10_000;
/** The rate is that of the last while, in ms. */
const RATE_MS = 15_000;
const eraseLine = "\r\u001b[2K";

export class Progress {
  readonly #out: NodeJS.WriteStream;
  /** When how many were done. */
  readonly #samples: { at: number; done: number }[] = [];
  #linedAt = Date.now();

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  show(state: State, now = Date.now()): void {
    this.#samples.push({ at: now, done: state.done });
    while (this.#samples.length > 2 && now - (this.#samples[0]?.at ?? now) > RATE_MS) this.#samples.shift();
    if (this.#out.isTTY) {
      const filled = Math.floor((state.done / state.total) * BAR_WIDTH);
      const bar = styleText("green", "█".repeat(filled)) + styleText("dim", "░".repeat(BAR_WIDTH - filled));
      this.#out.write(
        `${eraseLine}${bar} ${cut(this.#text(state), (this.#out.columns ?? 80) - BAR_WIDTH - 2)}`,
      );
    } else if (now - this.#linedAt >= LINE_MS) {
      this.#linedAt = now;
      this.#out.write(`${this.#text(state)}\n`);
    }
  }

  /** Leaves the last state on the screen. */
  end(): void {
    if (this.#out.isTTY && this.#samples.length > 0) this.#out.write("\n");
  }

  #text(state: State): string {
    const { total, done, failures } = state;
    const rate = this.#rate();
    const parts = [`${count(done)} of ${counted(total, "page")}`, `${rate.toFixed(1)}/s`];
    if (failures.size > 0) parts.push(failureText(failures));
    if (rate > 0 && done < total) parts.push(`${duration((total - done) / rate)} left`);
    return parts.join("  ");
  }

  /** Pages per second. */
  #rate(): number {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (!first || !last || last.at === first.at) return 0;
    return (last.done - first.done) / ((last.at - first.at) / 1000);
  }
}

/** `12 failed (http_error 10, navigation_timeout 2)` */
export function failureText(failures: ReadonlyMap<string, number>): string {
  const byCount = [...failures].sort(([, a], [, b]) => b - a);
  const sum = byCount.reduce((total, [, n]) => total + n, 0);
  return `${count(sum)} failed (${byCount.map(([code, n]) => `${code} ${count(n)}`).join(", ")})`;
}

export function count(n: number): string {
  return n.toLocaleString("en");
}

/** `1 page`, `2 pages` */
export function counted(n: number, noun: string): string {
  return `${count(n)} ${noun}${n === 1 ? "" : "s"}`;
}

/** `45 s`, `3 min`, `2 h 5 min` */
function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
