/** Shows on standard error how far the work is. */
import { eraseLine, progressBar } from "../command-line/progress-bar.ts";
import { cut } from "../command-line/text-width.ts";
import type { Tally } from "./tally.ts";

const BAR_WIDTH = 30;
/** How often a line is printed if standard error is not a terminal, in ms. */
const LINE_MS = 10_000;
/** The rate is that of the last while, in ms. */
const RATE_MS = 15_000;

export class Progress {
  readonly #out: NodeJS.WriteStream;
  /** When how many were done. */
  readonly #samples: { at: number; done: number }[] = [];
  #linedAt = Date.now();

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  show(tally: Tally, total: number, now = Date.now()): void {
    this.#samples.push({ at: now, done: tally.done });
    while (this.#samples.length > 2 && now - (this.#samples[0]?.at ?? now) > RATE_MS) this.#samples.shift();
    if (this.#out.isTTY) {
      const bar = progressBar(Math.floor((tally.done / total) * BAR_WIDTH), BAR_WIDTH);
      this.#out.write(
        `${eraseLine}${bar} ${cut(this.#text(tally, total), (this.#out.columns ?? 80) - BAR_WIDTH - 2)}`,
      );
    } else if (now - this.#linedAt >= LINE_MS) {
      this.#linedAt = now;
      this.#out.write(`${this.#text(tally, total)}\n`);
    }
  }

  /** Leaves the last state on the screen. */
  end(): void {
    if (this.#out.isTTY && this.#samples.length > 0) this.#out.write("\n");
  }

  #text(tally: Tally, total: number): string {
    const { done } = tally;
    const rate = this.#rate();
    const parts = [`${count(done)} of ${counted(total, "page")}`, `${rate.toFixed(1)}/s`];
    if (tally.failed > 0) parts.push(failureText(tally));
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
export function failureText({ failures, failed }: Tally): string {
  const byCount = [...failures].sort(([, a], [, b]) => b - a);
  return `${count(failed)} failed (${byCount.map(([code, n]) => `${code} ${count(n)}`).join(", ")})`;
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
