/** The reference of all routes but `/v1/batches`. */
import * as z from "zod";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { formats } from "../../content/formats.ts";
import { healthSchema } from "../health.ts";
import { hostedPathParameters, hostedQuery } from "../hosted-content.ts";
import { retrievedSchema, retrieveQuery } from "../retrieve.ts";
import { retrievedExample } from "./batch-examples.ts";
import { accountProblems, json, page, problems } from "./responses.ts";

const open = { security: [] };

const formatsParameter = (name: string, description: string) => ({
  name,
  in: "query" as const,
  description,
  style: "form" as const,
  explode: true,
  schema: { type: "array" as const, items: { type: "string" as const, enum: [...formats] } },
});

const notModified = { 304: { description: "It is what `If-None-Match` names." } };

const bytes = (description: string) => ({
  description,
  headers: {
    ETag: { schema: { type: "string" as const } },
    "Content-Disposition": { schema: { type: "string" as const } },
    "Content-Security-Policy": { schema: { type: "string" as const } },
  },
  content: Object.fromEntries(
    ["text/html", "text/markdown", "application/json", "text/plain"].map((type) => [type, { schema: {} }]),
  ),
});

export const otherPaths: ZodOpenApiPathsObject = {
  "/v1/retrieve": {
    get: {
      operationId: "retrieve",
      tags: ["Items"],
      summary: "Get a page's content",
      description:
        "Contents that are over 6 MiB together are null, and `size_exceeded` is true: the hosted URLs serve them. Content is " +
        "kept for 30 days after its batch completed, unless the deployment says otherwise.",
      requestParams: { query: z.object({ retrieve_id: retrieveQuery.in.shape.retrieve_id }) },
      parameters: [
        formatsParameter(
          "formats",
          "All if absent. Repeated (`formats=html&formats=json`), with commas (`formats=html,json`), or a JSON array.",
        ),
        formatsParameter("formats[]", "Another way to write `formats`."),
      ],
      responses: {
        200: json("The content.", retrievedSchema, retrievedExample),
        ...accountProblems("validation_error", "content_not_found"),
      },
    },
  },
  "/hosted/{retrieve_id}/{format}": {
    get: {
      operationId: "getHostedContent",
      tags: ["Items"],
      summary: "Open a hosted URL",
      description:
        "The signed URLs that `GET /v1/retrieve` gives. They need no key, work for 7 days, and answer range requests. The " +
        "content is a stranger's: it is served in a sandbox.",
      ...open,
      requestParams: { path: hostedPathParameters, query: hostedQuery },
      responses: {
        200: bytes("The content."),
        206: bytes("The range of it that was asked for."),
        ...notModified,
        ...problems(
          "validation_error",
          "content_not_found",
          "range_not_satisfiable",
          "internal_server_error",
        ),
      },
    },
  },
  "/health": {
    get: {
      operationId: "getHealth",
      tags: ["Service"],
      summary: "Ask whether the service is up",
      description: "The operator's admin token as the Bearer token shows the state of each part.",
      ...open,
      responses: {
        200: json("It is up.", healthSchema, { status: "up" }),
        503: json("It is down.", healthSchema, { status: "down" }),
        ...problems("internal_server_error"),
      },
    },
  },
  "/openapi.json": {
    get: {
      operationId: "getOpenApi",
      tags: ["Service"],
      summary: "Read this document",
      ...open,
      responses: {
        200: {
          description: "OpenAPI 3.1.",
          content: { "application/json": { schema: { type: "object" } } },
        },
        ...notModified,
      },
    },
  },
  "/docs": {
    get: {
      operationId: "getDocs",
      tags: ["Service"],
      summary: "Read this reference as a web page",
      ...open,
      responses: { 200: page("The reference."), ...notModified },
    },
  },
  "/errors/{slug}": {
    get: {
      operationId: "getErrorPage",
      tags: ["Service"],
      summary: "Read what an error means",
      description: "The `type` of every error leads here.",
      ...open,
      requestParams: { path: z.object({ slug: z.string().meta({ example: "validation-error" }) }) },
      responses: {
        200: page("What the error means, and what to do."),
        ...notModified,
        ...problems("not_found"),
      },
    },
  },
  "/": {
    get: {
      operationId: "getRoot",
      tags: ["Service"],
      summary: "Lead to the reference",
      ...open,
      responses: { 302: { description: "To `/docs`." } },
    },
  },
};
