/** `/v1/parsers`: an account's own parsers, and the built-in ones to be read and tried. */
import { type Context, Hono } from "hono";
import { z } from "zod";
import { findParser, isParserGranted } from "../account/parsers.ts";
import { unixSeconds } from "../batch/batch-object.ts";
import { httpUrl } from "../batch/schema.ts";
import { database } from "../db/client.ts";
import {
  deleteParser,
  findParserInUse,
  insertNextVersion,
  insertParser,
  listParsersInUse,
  type ParserRow,
} from "../db/parsers.ts";
import { settings } from "../env.ts";
import { newId } from "../id.ts";
import { type BuiltInParser, builtInParsers, findBuiltInParser } from "../render/parsers/built-in.ts";
import { givenParserDefinition, parserDefinition } from "../render/parsers/definition.ts";
import { loadParser } from "../render/parsers/load.ts";
import { testParser } from "../render/parsers/test.ts";
import type { ApiEnv } from "./context.ts";
import { jsonBody } from "./middleware/json-body.ts";
import { validated } from "./middleware/validated.ts";
import { Problem } from "./problem.ts";
import { wholeNumber } from "./query.ts";
import { anyHost, publicHostsOnly } from "./url-guard.ts";

/** Own parsers of one account. */
const MAX_PARSERS = 1000;
/** Characters of HTML that a parser can be tried on: what parsers read at most. */
const MAX_HTML_CHARACTERS = 6 * 1024 * 1024;

const { name, description, credits, url_patterns, baseSelector, baseFields, fields } = parserDefinition.shape;

const parserSummarySchema = z
  .object({
    id: z.string().meta({ example: "parser_5vK2mXc8RtY1wQz7nLb4Gd" }),
    object: z.literal("parser"),
    version: z.int().min(1),
    built_in: z.boolean().meta({ description: "Built-in parsers can be used and tried, and not changed." }),
    aliases: z.array(z.string()).meta({ description: "Other ids that it is known by." }),
    created: z
      .int()
      .nullable()
      .meta({ description: "When this version was made, in Unix seconds. Null for built-in ones." }),
    name,
    description,
    credits: credits.unwrap(),
    url_patterns: url_patterns.unwrap(),
  })
  .meta({ id: "ParserSummary" });

export const parserSchema = parserSummarySchema
  .extend({
    baseSelector,
    baseFields,
    fields: fields.optional().meta({ description: "Absent for built-in parsers, which are code." }),
  })
  .meta({ id: "Parser" });

export const parserListSchema = z
  .object({ object: z.literal("list"), data: z.array(parserSummarySchema) })
  .meta({ id: "ParserList" });

export const parserQuery = z.object({
  version: wholeNumber(1, Number.MAX_SAFE_INTEGER)
    .optional()
    .meta({ description: "The newest if absent.", override: { type: "integer", minimum: 1 } }),
});

export const deletedParserSchema = z
  .object({ id: z.string(), object: z.literal("parser"), deleted: z.literal(true) })
  .meta({ id: "DeletedParser" });

export const parserTestRequest = z.object({
  url: httpUrl(anyHost).meta({
    description:
      "The page: rendered by a browser, unless `html` is given. What is relative in it is resolved against it.",
    example: "https://shop.example.com/kettles",
  }),
  html: z
    .string()
    .max(MAX_HTML_CHARACTERS)
    .nullish()
    .meta({ description: "The page's HTML. Nothing is called then." }),
  version: z.int().min(1).nullish().meta({ description: "The newest if absent." }),
});

export const parserTestSchema = z
  .object({
    object: z.literal("parser_test"),
    parser_id: z.string(),
    version: z.int(),
    url: z.string(),
    status: z.enum(["completed", "failed"]).meta({ description: "How an item of a batch would have ended." }),
    json: z.json().meta({ description: "What the parser made of the page; null if it failed." }),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    http_status: z
      .int()
      .optional()
      .meta({ description: "Absent when nothing was called, or nothing answered." }),
    final_url: z
      .string()
      .optional()
      .meta({ description: "Where redirects led to. Absent when that is `url`." }),
  })
  .meta({ id: "ParserTest" });

const parsers = new Hono<ApiEnv>();

/** An id, or one with a scope as it is: `@trawl/article`, besides `%40trawl%2Farticle`. */
const oneParser = "/:id{(?:@[\\w.-]+/[\\w.-]+|[^/]+)}";

parsers.get("/", async (c) => {
  const own = await listParsersInUse(database(c.env.DB), c.var.account.id);
  const data = [...own.map(ownParser), ...builtInParsers.map(builtInParser)].map(summary);
  return c.json({ object: "list", data });
});

parsers.post("/", jsonBody, validated("json", givenParserDefinition), async (c) => {
  const row = await insertParser(
    database(c.env.DB),
    {
      accountId: c.var.account.id,
      id: newId("parser"),
      definition: c.req.valid("json"),
      createdAt: Date.now(),
    },
    MAX_PARSERS,
  );
  if (!row) {
    throw new Problem("access_denied", `An account can have at most ${MAX_PARSERS} parsers of its own.`);
  }
  return c.json(ownParser(row), 201);
});

parsers.get(oneParser, validated("query", parserQuery), async (c) => {
  const id = c.req.param("id");
  const { version } = c.req.valid("query");
  const builtIn = findBuiltInParser(id);
  if (builtIn && (version ?? builtIn.version) === builtIn.version) return c.json(builtInParser(builtIn));
  const row = await findParserInUse(database(c.env.DB), c.var.account.id, id, version);
  if (!row) throw parserNotFound(id, version);
  return c.json(ownParser(row));
});

parsers.put(oneParser, jsonBody, validated("json", givenParserDefinition), async (c) => {
  const id = c.req.param("id");
  refuseBuiltIn(id);
  const row = await insertNextVersion(database(c.env.DB), {
    accountId: c.var.account.id,
    id,
    definition: c.req.valid("json"),
    createdAt: Date.now(),
  });
  if (!row) throw parserNotFound(id);
  return c.json(ownParser(row));
});

parsers.delete(oneParser, async (c) => {
  const id = c.req.param("id");
  refuseBuiltIn(id);
  const isDeleted = await deleteParser(database(c.env.DB), c.var.account.id, id, Date.now());
  if (!isDeleted) throw parserNotFound(id);
  return c.json({ id, object: "parser", deleted: true });
});

parsers.post(`${oneParser}/test`, jsonBody, validated("json", parserTestRequest), async (c) => {
  const id = c.req.param("id");
  const { url, html, version } = c.req.valid("json");
  const db = database(c.env.DB);
  const chosen = await findParser(db, c.var.account.id, id, version ?? undefined);
  if (!chosen) throw parserNotFound(id, version ?? undefined);
  if (!isParserGranted(chosen, c.var.account)) {
    throw new Problem("access_denied", `The parser ${JSON.stringify(id)} is not granted to this account.`);
  }
  const parser = await loadParser(db, c.var.account.id, id, chosen.version);
  if (!parser) throw parserNotFound(id, chosen.version);
  if (typeof html !== "string") refuseUnlessPublic(c, url);
  const outcome = await testParser(c.env, parser, { url, html: html ?? undefined });
  return c.json({
    object: "parser_test",
    parser_id: id,
    version: chosen.version,
    url,
    status: outcome.error ? "failed" : "completed",
    json: outcome.json,
    error: outcome.error,
    http_status: outcome.httpStatus,
    final_url: outcome.finalUrl,
  });
});

function refuseUnlessPublic(c: Context<ApiEnv>, url: string): void {
  const message = settings(c.env).ALLOW_PRIVATE_NETWORK ? null : publicHostsOnly(new URL(url));
  if (message === null) return;
  const errors = [{ path: "url", code: "custom", message }];
  throw new Problem("validation_error", `url: ${message}`, { errors });
}

function refuseBuiltIn(id: string): void {
  if (!findBuiltInParser(id)) return;
  throw new Problem("access_denied", `The parser ${JSON.stringify(id)} is built in, and cannot be changed.`);
}

function parserNotFound(id: string, version?: number): Problem {
  const which = version === undefined ? "" : ` in version ${version}`;
  return new Problem("not_found", `There is no parser ${JSON.stringify(id.slice(0, 300))}${which}.`);
}

function builtInParser(parser: BuiltInParser): z.output<typeof parserSchema> {
  const { id, version, aliases, urlPatterns, ...facts } = parser;
  return {
    id,
    object: "parser",
    version,
    built_in: true,
    aliases: [...aliases],
    created: null,
    name: facts.name,
    description: facts.description,
    credits: facts.credits,
    url_patterns: [...urlPatterns],
  };
}

function ownParser(row: ParserRow): z.output<typeof parserSchema> {
  return {
    id: row.id,
    object: "parser",
    version: row.version,
    built_in: false,
    aliases: [],
    created: unixSeconds(row.createdAt),
    ...parserDefinition.parse(row.definition),
  };
}

function summary(parser: z.output<typeof parserSchema>): z.output<typeof parserSummarySchema> {
  return parserSummarySchema.parse(parser);
}

export { parsers };
