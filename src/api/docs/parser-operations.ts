/** The reference of `/v1/parsers`. */
import * as z from "zod";
import type { ZodOpenApiParameters, ZodOpenApiPathsObject } from "zod-openapi";
import { DELETED_STAYS_MS, MAX_CHARACTERS, MAX_VERSIONS } from "../../db/own-parsers.ts";
import { parserDefinition } from "../../parsers/definition.ts";
import {
  deletedParserSchema,
  parserListSchema,
  parserQuery,
  parserSchema,
  parsersQuery,
  parserTestRequest,
  parserTestSchema,
} from "../parsers.ts";
import { accountProblems, json } from "./responses.ts";

const id = "parser_5vK2mXc8RtY1wQz7nLb4Gd";

const path: ZodOpenApiParameters["path"] = z.object({
  id: z.string().meta({
    description: "The parser's id: one's own, or a built-in one such as `@trawl/article`.",
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
    { name: "colours", selector: ".colour", type: "list", transform: "lowercase" },
  ],
};

const facts = {
  id,
  object: "parser" as const,
  version: 1,
  built_in: false,
  aliases: [],
  created: 1795500000,
};

const parserExample: z.output<typeof parserSchema> = { ...facts, ...definitionExample };
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
        "The newest version of each of the account's own, the last changed first. The built-in ones follow on the last " +
        "page, besides the `limit`. A parser that is changed meanwhile moves to the front.",
      requestParams: { query: parsersQuery },
      responses: {
        200: json("All parsers.", parserListSchema, {
          object: "list",
          data: [{ ...facts, name, credits, url_patterns }],
        }),
        ...accountProblems("validation_error"),
      },
    },
    post: {
      operationId: "createParser",
      tags: ["Parsers"],
      summary: "Make a parser",
      description:
        "A parser says which elements of a page become which fields of its JSON. The form is that of crawl4ai's JSON/CSS " +
        `extraction schemas, which can be sent as they are. An account can have ${MAX_VERSIONS.toLocaleString("en")} ` +
        `versions of parsers, of ${MAX_CHARACTERS.toLocaleString("en")} characters as JSON in all.`,
      requestBody: definitionBody,
      responses: {
        201: json("The parser, in its first version.", parserSchema, parserExample),
        ...accountProblems(
          "validation_error",
          "invalid_json",
          "access_denied",
          "payload_too_large",
          "unsupported_media_type",
        ),
      },
    },
  },
  "/v1/parsers/{id}": {
    get: {
      operationId: "getParser",
      tags: ["Parsers"],
      summary: "Read a parser",
      requestParams: { path, query: parserQuery },
      responses: {
        200: json("The parser.", parserSchema, parserExample),
        ...accountProblems("validation_error", "not_found"),
      },
    },
    put: {
      operationId: "updateParser",
      tags: ["Parsers"],
      summary: "Make a parser's next version",
      description:
        "The body takes the place of the whole parser. Versions before stay, and batches keep the one that they started with.",
      requestParams: { path },
      requestBody: definitionBody,
      responses: {
        200: json("The parser, in its next version.", parserSchema, { ...parserExample, version: 2 }),
        ...accountProblems(
          "validation_error",
          "invalid_json",
          "access_denied",
          "not_found",
          "payload_too_large",
          "unsupported_media_type",
        ),
      },
    },
    delete: {
      operationId: "deleteParser",
      tags: ["Parsers"],
      summary: "Delete a parser",
      description:
        "In all its versions. Batches that have started with it go on with it. What no running batch uses is removed for " +
        `good, ${DELETED_STAYS_MS / 60_000} minutes later at the earliest, when the account's parsers are changed next.`,
      requestParams: { path },
      responses: {
        200: json("It is deleted.", deletedParserSchema, { id, object: "parser", deleted: true }),
        ...accountProblems("access_denied", "not_found"),
      },
    },
  },
  "/v1/parsers/{id}/test": {
    post: {
      operationId: "testParser",
      tags: ["Parsers"],
      summary: "Try a parser on one page",
      description:
        "On the HTML given, or else on what a browser makes of the URL. A page that fails is answered with 200 and `status` " +
        "`failed`, as an item of a batch would have failed. On HTML that is given it costs nothing. A page that a browser " +
        "renders costs what a page of a batch costs with this parser, if it succeeds; a key can have 60 of them a minute, " +
        "unless this deployment has another limit.",
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
        200: json("What came of it.", parserTestSchema, {
          object: "parser_test",
          parser_id: id,
          version: 1,
          url: "https://shop.example.com/kettles",
          status: "completed",
          json: [
            {
              title: "Kettle",
              url: "https://shop.example.com/kettles/1",
              price: { amount: 12.5, currency: "EUR" },
              colours: [],
            },
          ],
          error: null,
        }),
        ...accountProblems(
          "validation_error",
          "invalid_json",
          "credits_exhausted",
          "access_denied",
          "not_found",
          "payload_too_large",
          "unsupported_media_type",
        ),
      },
    },
  },
};
