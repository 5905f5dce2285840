/** Errors as RFC 9457 has them: `application/problem+json`. */
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { newId } from "../id.ts";
import { type ProblemCode, problemTypes, slugOf } from "./problem-types.ts";

/** One fault of a request that was refused. */
export interface Fault {
  /** Where it is: `items[3].url`, or the name of a query parameter or header. */
  path: string;
  code: string;
  message: string;
}

interface ProblemOptions {
  errors?: Fault[];
  metadata?: Record<string, number | string>;
  headers?: Record<string, string>;
  cause?: unknown;
}

/**
 * Thrown by a route or middleware to answer an error.
 *
 * @example
 * throw new Problem("batch_not_found", `There is no batch ${id}.`);
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

/** What existing client libraries look for, besides the code. */
const flags: Partial<Record<ProblemCode, Record<string, true>>> = {
  invalid_api_key: { invalid_api_key: true },
  credits_exhausted: { usage_limit_reached: true },
};

const headers: Partial<Record<ProblemCode, Record<string, string>>> = {
  invalid_api_key: { "WWW-Authenticate": "Bearer" },
};

/** The answer that a problem makes. */
export function problemResponse(c: Context, { id, code, detail, options }: Problem): Response {
  const { status, title } = problemTypes[code];
  const body = {
    id,
    object: "error",
    code,
    type: `${new URL(c.req.url).origin}/errors/${slugOf(code)}`,
    status,
    title,
    detail,
    message: detail,
    created: Math.floor(Date.now() / 1000),
    metadata: options.metadata ?? {},
    errors: options.errors,
    ...flags[code],
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: { "Content-Type": "application/problem+json", ...headers[code], ...options.headers },
  });
}
