/** The course of a simulation, drawn in the terminal: a line of bars for each figure. */
import type { Moment } from "../../test/simulation/timeline.ts";

const bars = " ▁▂▃▄▅▆▇█";
const WIDTH = 60;

const figures: [label: string, of: (moment: Moment) => number][] = [
  ["pages/s", ({ pagesPerSecond }) => pagesPerSecond],
  ["browsers", ({ browsers }) => browsers],
  ["busy tabs", ({ busyTabs }) => busyTabs],
  ["consumers", ({ consumers }) => consumers],
  ["tickets", ({ waiting }) => waiting],
];

export function chart(timeline: readonly Moment[]): string {
  const lines = figures.map(([label, of]) => {
    const values = columns(timeline.map(of));
    const top = Math.max(...values, 0);
    const drawn = values.map((value) => bars[top > 0 ? Math.ceil((value / top) * (bars.length - 1)) : 0]);
    return `${label.padEnd(10)} ${drawn.join("").padEnd(WIDTH)} up to ${Number(top.toFixed(1))}`;
  });
  const end = timeline.at(-1)?.at ?? 0;
  return [...lines, `${"".padEnd(10)} 0 s${`${end} s`.padStart(WIDTH - 3)}`].join("\n");
}

/** As many averages as the chart is wide. */
function columns(values: number[]): number[] {
  return Array.from({ length: WIDTH }, (_, n) => {
    const from = Math.floor((n * values.length) / WIDTH);
    const some = values.slice(from, Math.max(from + 1, Math.floor(((n + 1) * values.length) / WIDTH)));
    return some.reduce((sum, value) => sum + value, 0) / Math.max(1, some.length);
  });
}
