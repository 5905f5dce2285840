/** The OpenAPI operations of the deployment itself: its health and its documentation. */
import * as z from "zod";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { healthSchema } from "../health.ts";
import { json, notModified, page, problems } from "./responses.ts";

const open = { security: [] };

export const servicePaths: ZodOpenApiPathsObject = {
  "/health": {
    get: {
      operationId: "getHealth",
      tags: ["Service"],
      summary: "Check the service's health",
      description:
        "Returns only `status`. With the operator's admin token as the bearer token, it also returns the state of each part.",
      ...open,
      responses: {
        200: json("The service is up.", healthSchema, { status: "up" }),
        503: json("The service is down.", healthSchema, { status: "down" }),
        ...problems("method_not_allowed", "rate_limited", "internal_server_error"),
      },
    },
  },
  "/openapi.json": {
    get: {
      operationId: "getOpenApi",
      tags: ["Service"],
      summary: "Get this document",
      description: "Returns the whole API as one OpenAPI document, for tools and generators of clients.",
      ...open,
      responses: {
        200: {
          description: "The OpenAPI 3.1 document.",
          content: { "application/json": { schema: { type: "object" } } },
        },
        ...notModified,
        ...problems("method_not_allowed"),
      },
    },
  },
  "/docs": {
    get: {
      operationId: "getDocs",
      tags: ["Service"],
      summary: "Read this reference as a web page",
      description: "Returns a page without scripts. The root of this deployment, `/`, redirects to it.",
      ...open,
      responses: { 200: page("The reference."), ...notModified, ...problems("method_not_allowed") },
    },
  },
  "/errors/{slug}": {
    get: {
      operationId: "getErrorPage",
      tags: ["Service"],
      summary: "Read about an error",
      description: "The `type` of every error links to one of these pages.",
      ...open,
      requestParams: { path: z.object({ slug: z.string().meta({ example: "validation-error" }) }) },
      responses: {
        200: page("What the error means and what to do about it."),
        ...notModified,
        ...problems("not_found"),
      },
    },
  },
};
