/** The OpenAPI operations that return page content. */
import * as z from "zod";
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from "zod-openapi";
import { formats } from "../../content/stored-formats.ts";
import { hostedPathParameters, hostedQuery } from "../hosted-content.ts";
import { retrievedSchema, retrieveQuery } from "../retrieve.ts";
import { retrievedExample } from "./batch-examples.ts";
import { accountProblems, json, notModified, problems } from "./responses.ts";

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

/** An alias documented as a parameter of its own would have the same name in generated clients. */
export const formatsParameter: NonNullable<ZodOpenApiOperationObject["parameters"]>[number] = {
  name: "formats",
  in: "query",
  description:
    "The formats to return; all of them by default. Repeat the parameter (`formats=html&formats=json`), separate " +
    "formats with commas (`formats=html,json`), or send a JSON array. `formats[]` is an alias.",
  style: "form",
  explode: true,
  schema: { type: "array", items: { type: "string", enum: [...formats] } },
};

export const contentPaths: ZodOpenApiPathsObject = {
  "/v1/retrieve": {
    get: {
      operationId: "retrieve",
      tags: ["Items"],
      summary: "Get a page's content",
      description:
        "If the requested contents exceed 6 MiB in total, they are null and `size_exceeded` is true. Fetch them from the " +
        "hosted URLs instead. Content is kept for 30 days after its batch completes, unless this deployment is configured " +
        "otherwise.",
      requestParams: { query: z.object({ retrieve_id: retrieveQuery.in.shape.retrieve_id }) },
      parameters: [formatsParameter],
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
        "Serves the signed URLs returned by `GET /v1/retrieve`. They need no API key, work for 7 days, and support range " +
        "requests. The content comes from a third-party page, so it is served in a sandbox.",
      security: [],
      requestParams: { path: hostedPathParameters, query: hostedQuery },
      responses: {
        200: bytes("The content."),
        206: bytes("The requested range of the content."),
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
};
