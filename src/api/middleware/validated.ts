/**
 * Validates part of a request with a Zod schema, and reports every fault in one 400 response.
 *
 * The error is `invalid_json` if the body is not an object; otherwise `validation_error`, or the code given by the route.
 */
import { zValidator } from "@hono/zod-validator";
import type * as z from "zod";
import { validationMessage } from "../../text/validation-messages.ts";
import { type Fault, faultsProblem, Problem } from "../problem.ts";
import type { ProblemCode } from "../problem-types.ts";

type Target = "header" | "json" | "query";

/**
 * @example
 * app.get("/items", validated("query", itemsQuery), (c) => c.json(list(c.req.valid("query"))));
 */
export function validated<Output, Input, Part extends Target>(
  target: Part,
  schema: z.ZodType<Output, Input>,
  code: ProblemCode = "validation_error",
) {
  return zValidator(
    target,
    schema,
    (result) => {
      if (!result.success) throw problemOf(result.error.issues, target, code);
    },
    { validationFunction: (part, value) => part.safeParseAsync(value, { error: validationMessage }) },
  );
}

function problemOf(issues: readonly z.core.$ZodIssue[], target: Target, code: ProblemCode): Problem {
  if (target === "json" && issues.some(({ path }) => path.length === 0)) {
    return new Problem("invalid_json", "The body must be a JSON object.");
  }
  const faults: Fault[] = [];
  let unlisted = 0;
  for (const issue of issues) {
    const params = issue.code === "custom" ? issue.params : undefined;
    if (typeof params?.further === "number") unlisted += params.further;
    else
      faults.push({
        path: target === "query" ? parameterOf(issue.path) : pathOf(issue.path),
        code: String(params?.code ?? issue.code),
        message: issue.message,
      });
  }
  return faultsProblem(code, faults, unlisted);
}

/** `["metadata", "order"]` → `metadata[order]`, as the parameter is sent. */
function parameterOf([name, ...keys]: readonly PropertyKey[]): string {
  return [String(name), ...keys.map((key) => `[${String(key)}]`)].join("");
}

/** `["items", 3, "metadata", "a b"]` → `items[3].metadata["a b"]`. Unlike Zod's `toDotPath`, it shows an empty key. */
function pathOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((left, part) => {
    if (typeof part === "number") return `${left}[${part}]`;
    const name = String(part);
    if (!/^[\w-]+$/.test(name)) return `${left}[${JSON.stringify(name)}]`;
    return left ? `${left}.${name}` : name;
  }, "");
}
