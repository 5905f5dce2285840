/** Error responses: `application/problem+json` (RFC 9457). */
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import * as z from "zod";
import { MAX_FAULTS } from "../batch/request.ts";
import { newId } from "../text/id.ts";
import { type ProblemCode, problemTypes, slugOf } from "./problem-types.ts";

export const problemSchema = z
  .object({
    id: z
      .string()
      .meta({ description: "Identifies this error in the operator's log.", example: "error_2k9…" }),
    object: z.literal("error"),
    code: z.enum(Object.keys(problemTypes) as [ProblemCode, ...ProblemCode[]]),
    type: z.string().meta({ description: "A page that explains the error.", format: "uri" }),
    status: z.int(),
    title: z.string(),
    detail: z.string(),
    message: z.string().meta({ description: "The same as `detail`." }),
    created: z.int().meta({ description: "Unix seconds." }),
    metadata: z
      .object({ total_errors: z.int().optional() })
      .meta({ description: "`total_errors`: the number of faults, if there are more than `errors` lists." }),
    errors: z
      .array(
        z.object({
          path: z.string().meta({
            description: "The field, such as `items[3].url`, or the name of a query parameter or header.",
          }),
          code: z.string(),
          message: z.string(),
        }),
      )
      .max(MAX_FAULTS)
      .optional()
      .meta({ description: "Every fault of an invalid request." }),
    invalid_api_key: z.literal(true).optional().meta({ description: "Present with status 401." }),
    usage_limit_reached: z.literal(true).optional().meta({ description: "Present with status 402." }),
  })
  .meta({ id: "Problem" });

export type ProblemObject = z.output<typeof problemSchema>;

/** One fault of an invalid request. */
export type Fault = NonNullable<ProblemObject["errors"]>[number];

interface ProblemOptions {
  errors?: Fault[];
  metadata?: ProblemObject["metadata"];
  headers?: Record<string, string>;
  cause?: unknown;
}

/**
 * An error response, thrown by a route or middleware.
 *
 * @example
 * throw new Problem("batch_not_found", `No such batch: ${id}.`);
 */
export class Problem extends HTTPException {
  readonly id = newId("error");
  readonly code: ProblemCode;
  readonly detail: string;
  readonly options: ProblemOptions;

  constructor(code: ProblemCode, detail: string, options: ProblemOptions = {}) {
    super(problemTypes[code].status, { message: detail, cause: options.cause });
    this.code = code;
    this.detail = detail;
    this.options = options;
  }
}

/**
 * The error of a request with faults. Its detail is the first of them.
 *
 * @param unlisted further faults, which were only counted
 */
export function faultsProblem(code: ProblemCode, faults: readonly Fault[], unlisted = 0): Problem {
  const total = faults.length + unlisted;
  const errors = faults.slice(0, MAX_FAULTS);
  const more = total > 1 ? ` (1 of ${total} errors)` : "";
  const detail = `${errors[0]?.path}: ${errors[0]?.message}${more}`;
  return new Problem(code, detail, {
    errors,
    metadata: total > errors.length ? { total_errors: total } : {},
  });
}

/** Fields that existing client libraries check, in addition to the code. */
const flags: Partial<Record<ProblemCode, Record<string, true>>> = {
  invalid_api_key: { invalid_api_key: true },
  credits_exhausted: { usage_limit_reached: true },
};

const headers: Partial<Record<ProblemCode, Record<string, string>>> = {
  invalid_api_key: { "WWW-Authenticate": "Bearer" },
};

/** Turns a problem into a response. */
export function problemResponse(c: Context, problem: Problem): Response {
  const body = problemObject(problem, new URL(c.req.url).origin);
  return new Response(JSON.stringify(body), {
    status: body.status,
    headers: {
      "Content-Type": "application/problem+json",
      ...headers[problem.code],
      ...problem.options.headers,
    },
  });
}

/** The body of the response. @param origin the deployment that `type` links to */
export function problemObject(
  { id, code, detail, options }: Pick<Problem, "id" | "code" | "detail" | "options">,
  origin: string,
): ProblemObject {
  const { status, title } = problemTypes[code];
  return {
    id,
    object: "error",
    code,
    type: `${origin}/errors/${slugOf(code)}`,
    status,
    title,
    detail,
    message: detail,
    created: Math.floor(Date.now() / 1000),
    metadata: options.metadata ?? {},
    errors: options.errors,
    ...flags[code],
  };
}
