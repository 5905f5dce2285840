import { styleText } from "node:util";
import { cut, oneLine } from "../command-line/text-width.ts";

const shownLines = 22;

/** The first lines, indented behind a vertical rule and cut to the terminal's width. */
export function markdownExcerpt(markdown: string, columns: number): string {
  const rule = `  ${styleText("dim", "│")} `;
  const lines = markdown.split("\n");
  const shown = lines.slice(0, shownLines).map((line) => {
    const indent = /^ */.exec(line)?.[0] ?? "";
    return `${rule}${cut(indent + oneLine(line), columns - 4)}`;
  });
  const left = lines.length - shownLines;
  if (left > 0) shown.push(`  ${styleText("dim", `… ${left} more lines`)}`);
  return shown.join("\n");
}
