/** The messages of Zod's built-in checks, in the same form as our own: "Must be a string; got a number." */
import type * as z from "zod";

/** The message for a required field that was not sent. */
export const isRequired = "Is required.";

/** Pass it to a parse: `schema.safeParse(value, { error: validationMessage })`. Undefined leaves Zod's own message. */
export function validationMessage(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return wrongKind(`Must be ${nameOfType(issue.expected)}`, issue.input);
    case "invalid_value":
      return wrongKind(`Must be ${listOf(issue.values)}`, issue.input);
    case "too_small":
      return `${requirement(issue.origin, "at least", issue.minimum)}; got ${amount(issue.input)}.`;
    case "too_big":
      return `${requirement(issue.origin, "at most", issue.maximum)}; got ${amount(issue.input)}.`;
    default:
      return undefined;
  }
}

/** The message for a value of the wrong kind: "Must be a string; got a number.", or "Is required." if none was sent. */
export function wrongKind(rule: string, value: unknown): string {
  return value === undefined ? isRequired : `${rule}; got ${valueOrKind(value)}.`;
}

/** What kind of JSON value was given: "a number", "an array". */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function nameOfType(expected: string): string {
  if (expected === "int") return "a whole number";
  if (expected === "record") return "an object";
  return /^[aeiou]/.test(expected) ? `an ${expected}` : `a ${expected}`;
}

/** Numbers are shown themselves, because their kind can be right and their value wrong: 1.5 is not a whole number. */
function valueOrKind(value: unknown): string {
  return typeof value === "number" ? String(value) : kindOf(value);
}

const units: Record<string, string> = { string: "character", array: "element" };

function requirement(origin: string, bound: string, limit: number | bigint): string {
  const unit = units[origin];
  if (!unit) return `Must be ${bound} ${limit}`;
  return `Must have ${bound} ${limit} ${limit === 1 ? unit : `${unit}s`}`;
}

/** The length of a string or an array; otherwise the value itself. */
function amount(value: unknown): string {
  return String(typeof value === "string" || Array.isArray(value) ? value.length : value);
}

function listOf(values: readonly unknown[]): string {
  const shown = values.map((value) => JSON.stringify(value));
  return shown.length === 1 ? String(shown[0]) : `one of ${shown.join(", ")}`;
}
