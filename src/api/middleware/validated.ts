/**
 * Validates a part of the request by a Zod schema, and answers 400 with all its faults.
 *
 * A body that is no object is `invalid_json`; all else is `validation_error`, or the code that the route asks for.
 */
import { type Hook, zValidator } from "@hono/zod-validator";
import type { ValidationTargets } from "hono";
import type * as z from "zod";
import { MAX_FAULTS } from "../../batch/request.ts";
import type { ApiEnv } from "../api-env.ts";
import { type Fault, Problem } from "../problem.ts";
import type { ProblemCode } from "../problem-types.ts";

type Target = "json" | "query" | "header";

/**
 * @example
 * app.get("/things", validated("query", thingsQuery), (c) => c.json(list(c.req.valid("query"))));
 */
export function validated<Schema extends z.ZodType, Part extends Target>(
  target: Part,
  schema: Schema,
  code: ProblemCode = "validation_error",
) {
  const refuse: Hook<z.output<Schema>, ApiEnv, string, keyof ValidationTargets, object, Schema> = (
    result,
  ) => {
    if (!result.success) throw problemOf(result.error.issues, target, code);
  };
  return zValidator<Schema, Part, ApiEnv, string, typeof refuse>(target, schema, refuse);
}

function problemOf(issues: readonly z.core.$ZodIssue[], target: Target, code: ProblemCode): Problem {
  if (target === "json" && issues.some(({ path }) => path.length === 0)) {
    return new Problem("invalid_json", "The body must be a JSON object.");
  }
  const faults: Fault[] = [];
  let further = 0;
  for (const issue of issues) {
    const params = issue.code === "custom" ? issue.params : undefined;
    if (typeof params?.further === "number") further += params.further;
    else
      faults.push({
        path: pathOf(issue.path),
        code: String(params?.code ?? issue.code),
        message: issue.message,
      });
  }
  const total = faults.length + further;
  const errors = faults.slice(0, MAX_FAULTS);
  const more = total > 1 ? ` (one of ${total} faults: see errors)` : "";
  const detail = `${errors[0]?.path}: ${errors[0]?.message}${more}`;
  return new Problem(code, detail, {
    errors,
    metadata: total > errors.length ? { total_errors: total } : {},
  });
}

/** `["items", 3, "metadata", "a b"]` → `items[3].metadata["a b"]`. */
function pathOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((left, part) => {
    if (typeof part === "number") return `${left}[${part}]`;
    const name = String(part);
    if (!/^[\w-]+$/.test(name)) return `${left}[${JSON.stringify(name)}]`;
    return left ? `${left}.${name}` : name;
  }, "");
}
