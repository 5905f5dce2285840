/** How far a batch is: a bar that moves, on a terminal; elsewhere a line for every fifth of it. */
import { styleText } from "node:util";

export interface Progress {
  /** Shows that so many pages have ended. */
  show(done: number): void;
  /** Shows the last state for good. */
  end(): void;
}

const barWidth = 40;
const eraseLine = "\r\u001b[2K";

export function progressOf(total: number, out: NodeJS.WriteStream): Progress {
  const startedAt = Date.now();
  const text = (done: number) =>
    `${done} of ${total} pages  ${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
  return out.isTTY ? movingBar(total, text, out) : plainLines(total, text, out);
}

function movingBar(total: number, text: (done: number) => string, out: NodeJS.WriteStream): Progress {
  return {
    show(done) {
      const filled = Math.round((done / total) * barWidth);
      const bar = styleText("green", "█".repeat(filled)) + styleText("dim", "░".repeat(barWidth - filled));
      out.write(`${eraseLine}  ${bar}  ${text(done)}`);
    },
    end() {
      out.write("\n");
    },
  };
}

function plainLines(total: number, text: (done: number) => string, out: NodeJS.WriteStream): Progress {
  let next = 0;
  return {
    show(done) {
      if (done < next && done < total) return;
      out.write(`  ${text(done)}\n`);
      next = done === total ? Number.POSITIVE_INFINITY : done + total / 5;
    },
    end() {},
  };
}
