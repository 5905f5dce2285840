/**
 * What one run of a parser may use up.
 *
 * A Worker's clock stands still while code runs, so work is counted and not timed. A step is a node looked at, or a
 * character times an instruction of a regular expression: from 5 to 30 ns.
 */
import { ParserFailed } from "./failure.ts";

const MAX_STEPS = 25_000_000;

/** Characters of the answer, names of fields included. */
const MAX_OUTPUT_CHARACTERS = 4 * 1024 * 1024;

export class Budget {
  #steps = 0;
  #characters = 0;

  /** @throws ParserFailed when there are no steps left */
  spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > MAX_STEPS) {
      throw new ParserFailed(
        "The parser takes too long on this page: its selectors or regular expressions look at too much of it.",
      );
    }
  }

  /** @throws ParserFailed when the answer has become too long */
  write(characters: number): void {
    this.#characters += characters;
    if (this.#characters > MAX_OUTPUT_CHARACTERS) {
      throw new ParserFailed(`The parser's answer is longer than ${MAX_OUTPUT_CHARACTERS} characters.`);
    }
  }
}
