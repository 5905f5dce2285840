import { styleText } from "node:util";

export const eraseLine = "\r\u001b[2K";

/** A bar of `width` columns on a terminal. */
export function progressBar(filled: number, width: number): string {
  return styleText("green", "█".repeat(filled)) + styleText("dim", "░".repeat(width - filled));
}
