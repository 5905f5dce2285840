/** The API's OpenAPI 3.1 document, generated from the schemas that validate requests. */
import { createDocument, type ZodOpenApiObject } from "zod-openapi";
import { accountPaths } from "./account-operations.ts";
import { batchPaths } from "./batch-operations.ts";
import { contentPaths } from "./content-operations.ts";
import { describeOptionalFields } from "./optional-fields.ts";
import { parserPaths } from "./parser-operations.ts";
import { probePaths } from "./probe-operations.ts";
import { servicePaths } from "./service-operations.ts";
import { webhooks } from "./webhook-operations.ts";

const introduction = `Trawl renders many web pages at once. Create a batch of URLs, wait until it has completed, and fetch
each page as HTML, Markdown, text, or JSON.

Times are Unix seconds unless a field says otherwise. Unknown request fields are ignored. A field set to null counts as
not sent, except for \`items\` and its required fields.

Every error is \`application/problem+json\` (RFC 9457), and its \`type\` links to a page that explains it. A path that does
not support the request's method returns 405 \`method_not_allowed\` and lists the methods it supports in \`Allow\`.`;

function makeDocument() {
  const parts: ZodOpenApiObject = {
    openapi: "3.1.0",
    info: {
      title: "Trawl",
      version: "1.0.0",
      description: introduction,
      contact: { name: "The operator of this deployment" },
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    security: [{ key: [] }],
    tags: [
      { name: "Batches", description: "A batch is a list of pages that are rendered together." },
      { name: "Items", description: "An item is one page of a batch. Its content is kept separately." },
      {
        name: "Parsers",
        description: "A parser turns a page into JSON. Use a built-in one or create your own.",
      },
      { name: "Webhooks", description: "Trawl calls a batch's webhook once the batch has completed." },
      { name: "Accounts", description: "The account that a key belongs to." },
      { name: "Service", description: "This deployment and its documentation." },
    ],
    paths: {
      ...batchPaths,
      ...contentPaths,
      ...parserPaths,
      ...accountPaths,
      ...servicePaths,
      ...probePaths,
    },
    webhooks,
    components: {
      securitySchemes: {
        key: { type: "http", scheme: "bearer", description: "An API key: `Authorization: Bearer trawl_…`." },
        operator: { type: "http", scheme: "bearer", description: "The operator's `ADMIN_TOKEN`." },
      },
    },
  };
  return createDocument(parts, { override: describeOptionalFields });
}

export type OpenApiDocument = ReturnType<typeof makeDocument>;

let made: OpenApiDocument | undefined;

/** The document, generated on first use. */
export function openApiDocument(): OpenApiDocument {
  made ??= makeDocument();
  return made;
}
