/** The shell lines of a Markdown document, as its readers are to paste them. */

export interface ShellBlock {
  /** The lines between the fences. */
  text: string;
  /** Line of the document on which they begin, from 1. */
  line: number;
  /** Whether the block belongs into the document's shell, into a terminal of its own, or is not run by the tests. */
  place: "shell" | "terminal" | "not run";
}

/**
 * Every `sh` block of a document, in order. A comment on the line above a block says if it is special:
 * `<!-- another terminal -->` or `<!-- not run: REASON -->`.
 */
export function shellBlocks(markdown: string): ShellBlock[] {
  const fenced = /(?:^<!-- (another terminal|not run: .+) -->\n)?^```sh\n([\s\S]*?)^```$/gm;
  return Array.from(markdown.matchAll(fenced), ({ 0: whole, 1: note, 2: text = "", index }) => ({
    text,
    line: markdown.slice(0, index + whole.indexOf("```sh\n")).split("\n").length + 1,
    place: note === undefined ? "shell" : note === "another terminal" ? "terminal" : "not run",
  }));
}
