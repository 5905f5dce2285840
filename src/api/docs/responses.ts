/** The parts that the descriptions of all routes are made of. */
import type * as z from "zod";
import type { ZodOpenApiResponseObject, ZodOpenApiResponsesObject } from "zod-openapi";
import { problemObject, problemSchema } from "../problem.ts";
import { type ProblemCode, problemTypes } from "../problem-types.ts";

/** The deployment that the examples are from. */
export const exampleOrigin = "https://trawl.example.com";

/** An answer with a JSON body. */
export function json<Schema extends z.ZodType>(
  description: string,
  schema: Schema,
  example: z.output<Schema>,
): ZodOpenApiResponseObject {
  return { description, content: { "application/json": { schema, example } } };
}

/** An answer with a web page. */
export function page(description: string): ZodOpenApiResponseObject {
  return { description, content: { "text/html": { schema: { type: "string" } } } };
}

/** The errors that a route can answer, by status. */
export function problems(...codes: ProblemCode[]): ZodOpenApiResponsesObject {
  const byStatus = Map.groupBy(codes, (code) => problemTypes[code].status);
  return Object.fromEntries([...byStatus].map(([status, codes]) => [status, problemAnswer(codes)]));
}

/** The errors that every route under `/v1` can answer, and more. */
export function accountProblems(...codes: ProblemCode[]): ZodOpenApiResponsesObject {
  return problems("invalid_api_key", ...codes, "rate_limited", "internal_server_error");
}

function problemAnswer(codes: ProblemCode[]): ZodOpenApiResponseObject {
  const examples = codes.map((code) => [
    code,
    { summary: problemTypes[code].meaning, value: exampleOf(code) },
  ]);
  return {
    description: codes.map((code) => `\`${code}\`: ${problemTypes[code].meaning}`).join("\n\n"),
    headers: headersOf(codes),
    content: {
      "application/problem+json": { schema: problemSchema, examples: Object.fromEntries(examples) },
    },
  };
}

function headersOf(codes: ProblemCode[]): ZodOpenApiResponseObject["headers"] {
  const header = (name: string, description: string) => ({
    [name]: { description, schema: { type: "string" as const } },
  });
  return {
    ...(codes.includes("invalid_api_key") ? header("WWW-Authenticate", "`Bearer`.") : {}),
    ...(codes.some((code) => code === "rate_limited" || code === "idempotency_key_in_progress")
      ? header("Retry-After", "Seconds to wait.")
      : {}),
  };
}

function exampleOf(code: ProblemCode) {
  const fault = { path: "items[3].url", code: "custom", message: "Must be an absolute http or https URL." };
  const errors = code === "validation_error" ? [fault] : undefined;
  const detail = errors ? `${fault.path}: ${fault.message}` : problemTypes[code].meaning;
  // Not a Problem: making an id at start-up is not allowed in workerd.
  const problem = { id: "error_2k9Xw4Tz7cQbV1nLs0RfYd", code, detail, options: { errors } };
  return { ...problemObject(problem, exampleOrigin), created: 1795500000 };
}
