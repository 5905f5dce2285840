import { eraseLine, progressBar } from "../command-line/progress-bar.ts";

export interface Progress {
  /** Shows the number of pages that are done. */
  show(done: number): void;
  /** Leaves the last state on the screen. */
  end(): void;
}

const barWidth = 40;

/** Shows a progress bar on a terminal, or else a line for every fifth of the pages. */
export function showProgress(total: number, out: NodeJS.WriteStream): Progress {
  const startedAt = Date.now();
  const text = (done: number) =>
    `${done} of ${total} pages  ${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
  return out.isTTY ? updatedLine(total, text, out) : plainLines(total, text, out);
}

function updatedLine(total: number, text: (done: number) => string, out: NodeJS.WriteStream): Progress {
  return {
    show(done) {
      const filled = Math.round((done / total) * barWidth);
      out.write(`${eraseLine}  ${progressBar(filled, barWidth)}  ${text(done)}`);
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
