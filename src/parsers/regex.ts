/**
 * Runs the regular expressions of custom parsers with RE2. Its syntax is that of Python's `re`, which crawl4ai's schemas use,
 * without lookaround and backreferences. Matching takes time proportional to pattern times text, whatever the pattern
 * (swtch.com/~rsc/regexp/regexp1.html).
 */
import { RE2JS } from "re2js";
import type { Budget } from "./budget.ts";

/** Most instructions of a compiled pattern. `\d+` has 4. */
const MAX_INSTRUCTIONS = 2000;

/** Validates a pattern and returns its number of groups. @throws Error that says what is wrong with it */
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
   * The text of a group of the first match. Defaults to the first group, or to the whole match if the pattern has no groups.
   *
   * @throws ParserFailed if the budget is exceeded
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
