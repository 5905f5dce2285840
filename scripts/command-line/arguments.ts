/** Reads and checks command-line arguments. */
import { type ParseArgsConfig, parseArgs } from "node:util";

/** A wrong argument. The message names the argument, the rule, and what was given. */
export class UsageError extends Error {}

/** `parseArgs` from `node:util`, but it throws a `UsageError` with a one-sentence message. */
export function parseArguments<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!code?.startsWith("ERR_PARSE_ARGS")) throw error;
    // Node adds advice that does not apply here, as a second sentence or line.
    throw new UsageError(`${message.split(/\.? ?\n|\. /, 1)[0]?.replaceAll("'", "")}.`);
  }
}

/**
 * @param flag for the message, such as `--port`
 * @throws {UsageError} unless `given` is a whole number from `min` to `max`
 */
export function wholeNumber(
  flag: string,
  given: string,
  { min = 1, max = Number.MAX_SAFE_INTEGER } = {},
): number {
  const number = /^\d+$/.test(given) ? Number(given) : Number.NaN;
  if (number >= min && number <= max) return number;
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  throw new UsageError(`${flag} must be a whole number ${range}, got ${JSON.stringify(given)}.`);
}
