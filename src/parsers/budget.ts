/**
 * Limits the work and the output of one run of a parser.
 *
 * A Worker's clock stands still while code runs, so work is counted in steps instead of timed. A step is one node visited, or
 * one character times one instruction of a regular expression, and takes 5 to 30 ns.
 */
import { ParserFailed } from "./failure.ts";

const MAX_STEPS = 25_000_000;

/** Characters of the output, including field names. */
const MAX_OUTPUT_CHARACTERS = 4 * 1024 * 1024;

export class Budget {
  #steps = 0;
  #characters = 0;

  /** @throws ParserFailed when no steps are left */
  spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > MAX_STEPS) {
      throw new ParserFailed(
        "The parser takes too long on this page: its selectors or regular expressions match too much of it.",
      );
    }
  }

  /** @throws ParserFailed when the output is too long */
  write(characters: number): void {
    this.#characters += characters;
    if (this.#characters > MAX_OUTPUT_CHARACTERS) {
      throw new ParserFailed(`The parser's output is longer than ${MAX_OUTPUT_CHARACTERS} characters.`);
    }
  }
}
