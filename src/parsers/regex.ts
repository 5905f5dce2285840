/**
 * Regular expressions of parsers, in the syntax of RE2: that of Python's `re`, as crawl4ai's schemas use it, without
 * look-around and back-references. Matching takes time in proportion to pattern times text, whatever the pattern
 * (swtch.com/~rsc/regexp/regexp1.html).
 */
import { RE2JS } from "re2js";
import type { Budget } from "./budget.ts";

/** Instructions of a compiled pattern, at most: `\d+` has 4. */
const MAX_INSTRUCTIONS = 2000;

/** How many groups the pattern has. @throws Error that says what is wrong with it */
export function checkRegex(pattern: string): number {
  return compile(pattern).groupCount();
}

function compile(pattern: string): RE2JS {
  const compiled = RE2JS.compile(pattern);
  if (compiled.programSize() > MAX_INSTRUCTIONS) {
    throw new Error(`too large: ${compiled.programSize()} instructions, of at most ${MAX_INSTRUCTIONS}`);
  }
  return compiled;
}

/** The regular expressions of one run, each compiled once. */
export class Regexes {
  readonly #budget: Budget;
  readonly #compiled = new Map<string, RE2JS>();

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /**
   * What a group of the first match holds. Without a number the first group is meant, or the whole match of a pattern
   * that has none.
   *
   * @throws ParserFailed when the budget is used up
   */
  match(pattern: string, text: string, group?: number): string | undefined {
    let regex = this.#compiled.get(pattern);
    if (!regex) {
      regex = compile(pattern);
      this.#compiled.set(pattern, regex);
    }
    this.#budget.spend(regex.programSize() * (text.length + 1));
    const matcher = regex.matcher(text);
    if (!matcher.find()) return undefined;
    return matcher.group(group ?? (regex.groupCount() > 0 ? 1 : 0)) ?? undefined;
  }
}
