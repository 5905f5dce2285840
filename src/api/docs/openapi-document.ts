/** The API's OpenAPI 3.1 document, made from the schemas that validate. */
import { createDocument } from "zod-openapi";
import { batchPaths } from "./batch-operations.ts";
import { otherPaths } from "./content-operations.ts";
import { parserPaths } from "./parser-operations.ts";

const introduction = `Renders many web pages at once: a batch goes in, rendered pages come out.

All times are Unix seconds unless a field says otherwise. Unknown fields of a request are ignored. A field sent as null is
as if it were not sent, \`items\` and its required fields excepted. Every error is \`application/problem+json\` (RFC 9457);
its \`type\` leads to a page that explains it. A path that has nothing for the request's method answers 405
\`method_not_allowed\` with \`Allow\`.`;

function makeDocument() {
  return createDocument({
    openapi: "3.1.0",
    info: {
      title: "Trawl",
      version: "1.0.0",
      description: introduction,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    security: [{ key: [] }],
    tags: [
      { name: "Batches", description: "Many pages, rendered together." },
      { name: "Items", description: "The pages of a batch, and their content." },
      { name: "Parsers", description: "What makes JSON of a page: built-in ones, and the account's own." },
      { name: "Webhooks", description: "The event that says that a batch has completed." },
      { name: "Service", description: "About this deployment." },
    ],
    paths: { ...batchPaths, ...parserPaths, ...otherPaths },
    components: {
      securitySchemes: {
        key: { type: "http", scheme: "bearer", description: "An API key: `Authorization: Bearer trawl_…`." },
      },
    },
  });
}

export type OpenApiDocument = ReturnType<typeof makeDocument>;

let made: OpenApiDocument | undefined;

/** The document. It is made when it is first asked for, and is the same ever after. */
export function openApiDocument(): OpenApiDocument {
  made ??= makeDocument();
  return made;
}
