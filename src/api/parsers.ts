/** `/v1/parsers`: an account's own parsers, and the built-in ones to be read and tried. */
import { type Context, Hono } from "hono";
import * as z from "zod";
import { findParser, isParserGranted, type ParserChoice } from "../account/parser-terms.ts";
import { unixSeconds } from "../batch/batch-object.ts";
import { httpUrl } from "../batch/request.ts";
import { type TestOutcome, testParser } from "../consumer/try-parser.ts";
import { bookCredits, giveBackCredits } from "../db/accounts.ts";
import { type Database, database } from "../db/client.ts";
import {
  DELETED_STAYS_MS,
  deleteParser,
  findParserInUse,
  insertNextVersion,
  insertParser,
  LISTED_URL_PATTERNS,
  listParsersInUse,
  MAX_CHARACTERS,
  MAX_VERSIONS,
  type ParserRow,
  type ParserSummaryRow,
} from "../db/own-parsers.ts";
import { type BuiltInParser, builtInParsers, findBuiltInParser } from "../parsers/built-in.ts";
import { givenParserDefinition, parserDefinition } from "../parsers/definition.ts";
import { loadParser } from "../parsers/load.ts";
import { settings } from "../settings.ts";
import { newId } from "../text/id.ts";
import type { ApiEnv } from "./api-env.ts";
import { jsonBody } from "./middleware/json-body.ts";
import { countRequest } from "./middleware/rate-limit.ts";
import { validated } from "./middleware/validated.ts";
import { Problem } from "./problem.ts";
import { wholeNumber } from "./query-parameters.ts";
import { anyHost, publicHostsOnly } from "./url-guard.ts";

const MAX_LISTED = 100;
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
    url_patterns: url_patterns.unwrap().meta({
      description:
        `Pages that it is meant for. They are for people: other pages are parsed too. A list of parsers has each one's ` +
        `first ${LISTED_URL_PATTERNS}.`,
    }),
  })
  .meta({ id: "ParserSummary" });

type ParserSummary = z.output<typeof parserSummarySchema>;

export const parserSchema = parserSummarySchema
  .extend({
    baseSelector,
    baseFields,
    fields: fields.optional().meta({ description: "Absent for built-in parsers, which are code." }),
  })
  .meta({ id: "Parser" });

export const parserListSchema = z
  .object({
    object: z.literal("list"),
    data: z.array(parserSummarySchema),
    cursor: z.string().optional().meta({ description: "For the next page. Absent on the last." }),
  })
  .meta({ id: "ParserList" });

export const parsersQuery = z.object({
  limit: wholeNumber(1, MAX_LISTED)
    .default(50)
    .meta({ description: "Own parsers in the answer, at most.", override: { default: 50 } }),
  cursor: z
    .string({ error: "Must be given once." })
    .transform((text, ctx) => {
      const [, createdAt, id] = /^([0-9]{1,15})-([0-9A-Za-z_]{1,40})$/.exec(text) ?? [];
      if (createdAt && id) return { createdAt: Number(createdAt), id };
      ctx.issues.push({
        code: "custom",
        message: "Must be the cursor of the answer before.",
        input: text,
      });
      return z.NEVER;
    })
    .optional()
    .meta({
      description: "From the answer before; absent for the first page.",
      override: { type: "string" },
    }),
});

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

parsers.get("/", validated("query", parsersQuery), async (c) => {
  const { limit, cursor } = c.req.valid("query");
  // One more than asked for tells whether there is another page.
  const query = { after: cursor, limit: limit + 1 };
  const found = await listParsersInUse(database(c.env.DB), c.var.account.id, query);
  const shown = found.slice(0, limit);
  const last = found.length > limit ? shown.at(-1) : undefined;
  const builtIn = last ? [] : builtInParsers.map(builtInParser);
  return c.json({
    object: "list",
    data: [...shown.map(ownSummary), ...builtIn],
    cursor: last && `${last.createdAt}-${last.id}`,
  });
});

parsers.post("/", jsonBody, validated("json", givenParserDefinition), async (c) => {
  const row = await insertParser(database(c.env.DB), {
    accountId: c.var.account.id,
    id: newId("parser"),
    definition: c.req.valid("json"),
    createdAt: Date.now(),
  });
  if (!row) throw noRoom();
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
  const db = database(c.env.DB);
  const row = await insertNextVersion(db, {
    accountId: c.var.account.id,
    id,
    definition: c.req.valid("json"),
    createdAt: Date.now(),
  });
  if (!row) throw (await findParserInUse(db, c.var.account.id, id)) ? noRoom() : parserNotFound(id);
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
  const test = () => testParser(c.env, parser, { url, html: html ?? undefined });
  const outcome = typeof html === "string" ? await test() : await rendered(c, url, chosen, test);
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

/** What came of a test that renders a page: within the rate limit for these, and paid for like a batch's page. */
async function rendered(
  c: Context<ApiEnv>,
  url: string,
  { creditsPerPage }: ParserChoice,
  test: () => Promise<TestOutcome>,
): Promise<TestOutcome> {
  refuseUnlessPublic(c, url);
  const tooMany = "This key has had too many pages rendered to try parsers on";
  await countRequest(c.env.TEST_RATE_LIMIT, c.var.keyId, tooMany);
  const outcome = paid(database(c.env.DB), c.var.account.id, creditsPerPage, test);
  // To its end, though the client may hang up: what is booked and not owed is given back.
  c.executionCtx.waitUntil(outcome.catch(() => {}));
  return outcome;
}

/** Books the price first, so that tests at the same time cannot spend the same credits, and gives it back if it fails. */
async function paid(
  db: Database,
  accountId: string,
  price: number,
  test: () => Promise<TestOutcome>,
): Promise<TestOutcome> {
  const refused = await bookCredits(db, accountId, price);
  if (refused) {
    const has = `the account has ${Math.max(0, refused.left)} left that no running batch holds`;
    throw new Problem("credits_exhausted", `The page can cost ${price} credits; ${has}.`);
  }
  let isOwed = false;
  try {
    const outcome = await test();
    isOwed = outcome.error === null;
    return outcome;
  } finally {
    if (!isOwed) await giveBackCredits(db, accountId, price);
  }
}

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

function noRoom(): Problem {
  const minutes = DELETED_STAYS_MS / 60_000;
  return new Problem(
    "access_denied",
    `An account can have at most ${MAX_VERSIONS} versions of parsers, of ${MAX_CHARACTERS} characters in all. Delete ` +
      `parsers: their room is free ${minutes} minutes later, when no running batch uses them.`,
  );
}

function parserNotFound(id: string, version?: number): Problem {
  const which = version === undefined ? "" : ` in version ${version}`;
  return new Problem("not_found", `There is no parser ${JSON.stringify(id.slice(0, 300))}${which}.`);
}

function builtInParser(parser: BuiltInParser): ParserSummary {
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
  return { ...ownFacts(row), ...parserDefinition.parse(row.definition) };
}

function ownFacts({ id, version, createdAt }: Pick<ParserRow, "id" | "version" | "createdAt">) {
  const created = unixSeconds(createdAt);
  return { id, object: "parser" as const, version, built_in: false, aliases: [], created };
}

function ownSummary(row: ParserSummaryRow): ParserSummary {
  return {
    ...ownFacts(row),
    name: row.name,
    description: row.description ?? undefined,
    credits: row.credits,
    url_patterns: row.urlPatterns,
  };
}

export { parsers };
