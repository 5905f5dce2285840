/** The responses that the operations of the OpenAPI document share. */
import type * as z from "zod";
import type { ZodOpenApiResponseObject, ZodOpenApiResponsesObject } from "zod-openapi";
import { problemObject, problemSchema } from "../problem.ts";
import { type ProblemCode, problemTypes } from "../problem-types.ts";

/** The deployment that the examples come from. */
export const exampleOrigin = "https://trawl.example.com";

/** A response with a JSON body. */
export function json<Schema extends z.ZodType>(
  description: string,
  schema: Schema,
  example: z.output<Schema>,
): ZodOpenApiResponseObject {
  return { description, content: { "application/json": { schema, example } } };
}

/** A response with a web page. */
export function page(description: string): ZodOpenApiResponseObject {
  return { description, content: { "text/html": { schema: { type: "string" } } } };
}

export const notModified = {
  304: { description: "Not modified: `If-None-Match` names the current version." },
};

/** The errors of an operation, grouped by status. */
export function problems(...codes: ProblemCode[]): ZodOpenApiResponsesObject {
  const byStatus = Map.groupBy(codes, (code) => problemTypes[code].status);
  return Object.fromEntries([...byStatus].map(([status, codes]) => [status, problemResponse(codes)]));
}

/** The errors of an operation under `/v1`: its own, and those that all of them have. */
export function accountProblems(...codes: ProblemCode[]): ZodOpenApiResponsesObject {
  return problems("invalid_api_key", ...codes, "rate_limited", "internal_server_error");
}

/** The errors that every operation with a JSON body has. */
export const bodyProblems = ["invalid_json", "payload_too_large", "unsupported_media_type"] as const;

function problemResponse(codes: ProblemCode[]): ZodOpenApiResponseObject {
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
      ? header("Retry-After", "Seconds to wait before the next request.")
      : {}),
  };
}

function exampleOf(code: ProblemCode) {
  const fault = {
    path: "items[3].url",
    code: "custom",
    message: 'Must be an absolute http or https URL; got "example.com".',
  };
  const errors = code === "validation_error" ? [fault] : undefined;
  const detail = errors ? `${fault.path}: ${fault.message}` : problemTypes[code].meaning;
  // Not a Problem: its random ID could not be generated while the Worker starts, where workerd forbids randomness.
  const problem = { id: "error_2k9Xw4Tz7cQbV1nLs0RfYd", code, detail, options: { errors } };
  return { ...problemObject(problem, exampleOrigin), created: 1795500000 };
}
