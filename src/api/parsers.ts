/** `/v1/parsers`: managing custom parsers, reading built-in ones, and testing both. */
import { type Context, Hono } from "hono";
import * as z from "zod";
import { findParser, isParserGranted } from "../account/parser-terms.ts";
import { httpUrl } from "../batch/request.ts";
import { type TestOutcome, testOnHtml, testOnPage } from "../consumer/parser-test.ts";
import { database } from "../db/client.ts";
import {
  DELETED_STAYS_MS,
  deleteParser,
  findParserInUse,
  insertNextVersion,
  insertParser,
  listParsersInUse,
  MAX_CHARACTERS,
  MAX_VERSIONS,
} from "../db/custom-parsers.ts";
import { builtInParsers, findBuiltInParser } from "../parsers/built-in.ts";
import { givenParserDefinition } from "../parsers/definition.ts";
import { loadParser } from "../parsers/load-parser.ts";
import type { RunnableParser } from "../parsers/run-parser.ts";
import { settings } from "../settings.ts";
import { newId } from "../text/id.ts";
import type { ApiEnv } from "./api-env.ts";
import { jsonBody } from "./middleware/json-body.ts";
import { countRequest } from "./middleware/rate-limit.ts";
import { validated } from "./middleware/validated.ts";
import { parserNotFound } from "./not-found.ts";
import {
  builtInParserObject,
  customParserObject,
  customParserSummary,
  parserSummarySchema,
} from "./parser-object.ts";
import { Problem } from "./problem.ts";
import { wholeNumber } from "./query-parameters.ts";
import { anyHost, publicHostsOnly } from "./url-guard.ts";

const MAX_LISTED = 100;
/** Characters of HTML that a parser can be tried on: what parsers read at most. */
const MAX_HTML_CHARACTERS = 6 * 1024 * 1024;

export const parserListSchema = z
  .object({
    object: z.literal("list"),
    data: z.array(parserSummarySchema),
    cursor: z.string().optional().meta({ description: "Cursor of the next page. Absent on the last page." }),
  })
  .meta({ id: "ParserList" });

export const parsersQuery = z.object({
  limit: wholeNumber(1, MAX_LISTED)
    .default(50)
    .meta({ description: "Maximum number of custom parsers per page.", override: { default: 50 } }),
  cursor: z
    .string({ error: "Must be given only once." })
    .transform((text, ctx) => {
      const [, createdAt, id] = /^([0-9]{1,15})-([0-9A-Za-z_]{1,40})$/.exec(text) ?? [];
      if (createdAt && id) return { createdAt: Number(createdAt), id };
      ctx.issues.push({
        code: "custom",
        message: "Must be a cursor from an earlier page.",
        input: text,
      });
      return z.NEVER;
    })
    .optional()
    .meta({
      description: "The `cursor` of the previous page. Omit it for the first page.",
      override: { type: "string" },
    }),
});

export const parserQuery = z.object({
  version: wholeNumber(1, Number.MAX_SAFE_INTEGER)
    .optional()
    .meta({ description: "Defaults to the newest version.", override: { type: "integer", minimum: 1 } }),
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
  version: z.int().min(1).nullish().meta({ description: "Defaults to the newest version." }),
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

/** An id, or a scoped id whose slash is not encoded: `@trawl/article` as well as `%40trawl%2Farticle`. */
const oneParser = "/:id{(?:@[\\w.-]+/[\\w.-]+|[^/]+)}";

parsers.get("/", validated("query", parsersQuery), async (c) => {
  const { limit, cursor } = c.req.valid("query");
  // The extra row shows whether there is another page.
  const query = { after: cursor, limit: limit + 1 };
  const found = await listParsersInUse(database(c.env.DB), c.var.account.id, query);
  const shown = found.slice(0, limit);
  const last = found.length > limit ? shown.at(-1) : undefined;
  const builtIn = last ? [] : builtInParsers.map(builtInParserObject);
  return c.json({
    object: "list",
    data: [...shown.map(customParserSummary), ...builtIn],
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
  if (!row) throw quotaExceeded();
  return c.json(customParserObject(row), 201);
});

parsers.get(oneParser, validated("query", parserQuery), async (c) => {
  const id = c.req.param("id");
  const { version } = c.req.valid("query");
  const builtIn = findBuiltInParser(id);
  if (builtIn && (version ?? builtIn.version) === builtIn.version)
    return c.json(builtInParserObject(builtIn));
  const row = await findParserInUse(database(c.env.DB), c.var.account.id, id, version);
  if (!row) throw parserNotFound(id, version);
  return c.json(customParserObject(row));
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
  if (!row) throw (await findParserInUse(db, c.var.account.id, id)) ? quotaExceeded() : parserNotFound(id);
  return c.json(customParserObject(row));
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
  const outcome =
    typeof html === "string"
      ? testOnHtml(parser, html, url)
      : await testOnRenderedPage(c, parser, { url, price: chosen.creditsPerPage });
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

/** Tests a parser on a page that has to be rendered. These tests have a rate limit of their own. */
async function testOnRenderedPage(
  c: Context<ApiEnv>,
  parser: RunnableParser,
  page: { url: string; price: number },
): Promise<TestOutcome> {
  refuseUnlessPublic(c, page.url);
  const tooMany = "This key has had too many pages rendered to try parsers on";
  await countRequest(c.env.TEST_RATE_LIMIT, c.var.keyId, tooMany);
  const testing = testOnPage(c.env, c.var.account, parser, page);
  // If the client hangs up, the test still ends, and with it the hold on its credits.
  c.executionCtx.waitUntil(testing.catch(() => {}));
  const outcome = await testing;
  if ("creditsLeft" in outcome) {
    const has = `the account has ${Math.max(0, outcome.creditsLeft)} left that no running batch holds`;
    throw new Problem("credits_exhausted", `The page can cost ${page.price} credits; ${has}.`);
  }
  return outcome;
}

function refuseUnlessPublic(c: Context<ApiEnv>, url: string): void {
  const message = settings(c.env).ALLOW_PRIVATE_NETWORK ? null : publicHostsOnly(new URL(url));
  if (message === null) return;
  const errors = [{ path: "url", code: "custom", message }];
  throw new Problem("validation_error", `url: ${message}`, { errors });
}

function refuseBuiltIn(id: string): void {
  if (!findBuiltInParser(id)) return;
  throw new Problem("access_denied", `The parser ${JSON.stringify(id)} is built in and cannot be changed.`);
}

function quotaExceeded(): Problem {
  const minutes = DELETED_STAYS_MS / 60_000;
  return new Problem(
    "access_denied",
    `An account can have at most ${MAX_VERSIONS} parser versions, with ${MAX_CHARACTERS} characters in total. Delete ` +
      `parsers to free space: it becomes available after ${minutes} minutes, once no running batch uses them.`,
  );
}

export { parsers };
