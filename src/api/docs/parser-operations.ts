/** The OpenAPI operations of `/v1/parsers`. */
import * as z from "zod";
import type { ZodOpenApiParameters, ZodOpenApiPathsObject } from "zod-openapi";
import { DELETED_STAYS_MS, MAX_CHARACTERS, MAX_VERSIONS } from "../../db/custom-parsers.ts";
import { parserDefinition } from "../../parsers/definition.ts";
import { parserSchema } from "../parser-object.ts";
import { parserTestRequest, parserTestSchema } from "../parser-tests.ts";
import { deletedParserSchema, parserListSchema, parserQuery, parsersQuery } from "../parsers.ts";
import { accountProblems, bodyProblems, json } from "./responses.ts";

const id = "parser_5vK2mXc8RtY1wQz7nLb4Gd";

const path: ZodOpenApiParameters["path"] = z.object({
  id: z.string().meta({
    description: "The parser's ID. Built-in parsers have IDs such as `@trawl/article`.",
    example: id,
  }),
});

const definitionExample: z.output<typeof parserDefinition> = {
  name: "Kettles",
  credits: 1,
  url_patterns: ["https://shop.example.com/kettles*"],
  baseSelector: "li.card",
  fields: [
    { name: "title", selector: "h2", type: "text", required: true },
    { name: "url", selector: "h2 a", type: "attribute", attribute: "href", transform: "url" },
    { name: "price", selector: ".price", type: "text", transform: "price" },
    { name: "colors", selector: ".color", type: "list", transform: "lowercase" },
  ],
};

const identity = {
  id,
  object: "parser" as const,
  version: 1,
  built_in: false,
  aliases: [],
  created: 1795500000,
};

const parserExample: z.output<typeof parserSchema> = { ...identity, ...definitionExample };
const { name, credits, url_patterns } = definitionExample;

const definitionBody = {
  required: true,
  content: { "application/json": { schema: parserDefinition, example: definitionExample } },
};

export const parserPaths: ZodOpenApiPathsObject = {
  "/v1/parsers": {
    get: {
      operationId: "listParsers",
      tags: ["Parsers"],
      summary: "List parsers",
      description:
        "Returns the newest version of each custom parser, most recently changed first. The last page also contains all " +
        "built-in parsers, which do not count toward `limit`. A parser that changes while you page through the list moves " +
        "to the front.",
      requestParams: { query: parsersQuery },
      responses: {
        200: json("A page of parsers.", parserListSchema, {
          object: "list",
          data: [{ ...identity, name, credits, url_patterns }],
        }),
        ...accountProblems("validation_error"),
      },
    },
    post: {
      operationId: "createParser",
      tags: ["Parsers"],
      summary: "Create a parser",
      description:
        "A parser maps elements of a page to fields of its JSON. The format is that of crawl4ai's JSON/CSS extraction " +
        `schemas, which can be sent as they are, except for XPath selectors and \`computed\` fields. An account can have ${MAX_VERSIONS.toLocaleString("en")} parser versions, with ` +
        `${MAX_CHARACTERS.toLocaleString("en")} characters of JSON in total.`,
      requestBody: definitionBody,
      responses: {
        201: json("The first version of the parser.", parserSchema, parserExample),
        ...accountProblems("validation_error", ...bodyProblems, "access_denied"),
      },
    },
  },
  "/v1/parsers/{id}": {
    get: {
      operationId: "getParser",
      tags: ["Parsers"],
      summary: "Get a parser",
      description: "Returns one version of a custom parser, with its fields, or a built-in parser.",
      requestParams: { path, query: parserQuery },
      responses: {
        200: json("The parser.", parserSchema, parserExample),
        ...accountProblems("validation_error", "not_found"),
      },
    },
    put: {
      operationId: "updateParser",
      tags: ["Parsers"],
      summary: "Update a parser",
      description:
        "Creates a new version from the body, which replaces the whole definition. Earlier versions remain available, and " +
        "running batches keep the version they started with.",
      requestParams: { path },
      requestBody: definitionBody,
      responses: {
        200: json("The new version of the parser.", parserSchema, { ...parserExample, version: 2 }),
        ...accountProblems("validation_error", ...bodyProblems, "access_denied", "not_found"),
      },
    },
    delete: {
      operationId: "deleteParser",
      tags: ["Parsers"],
      summary: "Delete a parser",
      description:
        "Deletes every version. Running batches can keep using the version they started with. The parser's space becomes " +
        `available again ${DELETED_STAYS_MS / 60_000} minutes later at the earliest, at the next change to any of the ` +
        "account's parsers, once no running batch uses it.",
      requestParams: { path },
      responses: {
        200: json("The parser was deleted.", deletedParserSchema, { id, object: "parser", deleted: true }),
        ...accountProblems("access_denied", "not_found"),
      },
    },
  },
  "/v1/parsers/{id}/test": {
    post: {
      operationId: "testParser",
      tags: ["Parsers"],
      summary: "Test a parser on one page",
      description:
        "Runs the parser on the given HTML or, without `html`, on the page at `url` as a browser renders it. A page that " +
        "fails still returns 200, with `status` set to `failed`, just as it would fail as an item of a batch.\n\n" +
        "Parsing given HTML is free. A page that is rendered and parsed costs as much as a page of a batch with this parser; " +
        "a page that fails is free. Each key can have 60 pages rendered per minute, unless this deployment is configured " +
        "otherwise.",
      requestParams: { path },
      requestBody: {
        required: true,
        content: {
          "application/json": {
            schema: parserTestRequest,
            example: {
              url: "https://shop.example.com/kettles",
              html: '<li class="card"><h2><a href="/kettles/1">Kettle</a></h2><p class="price">€12.50</p></li>',
            },
          },
        },
      },
      responses: {
        200: json("The result.", parserTestSchema, {
          object: "parser_test",
          parser_id: id,
          version: 1,
          url: "https://shop.example.com/kettles",
          status: "completed",
          json: {
            items: [
              {
                title: "Kettle",
                url: "https://shop.example.com/kettles/1",
                price: { amount: 12.5, currency: "EUR" },
                colors: [],
              },
            ],
          },
          error: null,
        }),
        ...accountProblems(
          "validation_error",
          ...bodyProblems,
          "credits_exhausted",
          "access_denied",
          "not_found",
        ),
      },
    },
  },
};
