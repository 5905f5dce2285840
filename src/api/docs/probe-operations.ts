/** The OpenAPI operations that measure a deployment. */
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { consumerCountSchema, consumerProbe, probeRequest, probeSchema } from "../probe.ts";
import { bodyProblems, json, page, problems } from "./responses.ts";

const operator = { security: [{ operator: [] }] };
const errors = problems(
  ...bodyProblems,
  "validation_error",
  "invalid_api_key",
  "rate_limited",
  "method_not_allowed",
  "internal_server_error",
);
const example = { id: "0e1b0d0e-5a5f-4a0e-9f0c-6f2a3b9d7c11", beganAt: 1795500000000, endsAt: 1795500120000 };

export const probePaths: ZodOpenApiPathsObject = {
  "/probe": {
    post: {
      operationId: "probe",
      tags: ["Service"],
      summary: "Measure this deployment",
      description:
        "For the operator: takes one measurement, with browsers of this deployment and pages that it serves itself. " +
        "`npm run probe` takes them all and says what they mean.",
      ...operator,
      requestBody: {
        content: {
          "application/json": { schema: probeRequest, example: { measure: "pages", tabs: 4, pages: 12 } },
        },
        required: true,
      },
      responses: {
        200: json("What was measured. Which fields there are depends on `measure`.", probeSchema, {
          measure: "pages",
          completed: 12,
          failed: 0,
          ms: 4200,
          error: null,
        }),
        ...errors,
      },
    },
  },
  "/probe/consumers": {
    post: {
      operationId: "probeConsumers",
      tags: ["Service"],
      summary: "Read how many consumers the queue has reached",
      description: "For the operator: what is known so far of a probe of `consumers`.",
      ...operator,
      requestBody: {
        content: { "application/json": { schema: consumerProbe, example } },
        required: true,
      },
      responses: {
        200: json("The count so far.", consumerCountSchema, {
          reached: [{ consumers: 1, after_ms: 900 }],
          tickets: 4,
        }),
        ...errors,
      },
    },
  },
  "/probe/page": {
    get: {
      operationId: "getProbePage",
      tags: ["Service"],
      summary: "Get the page to measure with",
      description: "Its title names the country that the request came from.",
      security: [],
      responses: { 200: page("The page."), ...problems("method_not_allowed") },
    },
  },
};
