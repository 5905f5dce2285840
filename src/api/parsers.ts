/** `/v1/parsers`: managing custom parsers, and reading built-in ones. */
import { Hono } from "hono";
import * as z from "zod";
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
import { newId } from "../text/id.ts";
import type { ApiEnv } from "./api-env.ts";
import { jsonBody } from "./middleware/json-body.ts";
import { validated } from "./middleware/validated.ts";
import { parserNotFound } from "./not-found.ts";
import {
  builtInParserObject,
  customParserObject,
  customParserSummary,
  parserSummarySchema,
} from "./parser-object.ts";
import { parserPath } from "./parser-path.ts";
import { Problem } from "./problem.ts";
import { cursor, cursorAfter, wholeNumber } from "./query-parameters.ts";

const MAX_LISTED = 100;

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
  cursor,
});

export const parserQuery = z.object({
  version: wholeNumber(1, Number.MAX_SAFE_INTEGER)
    .optional()
    .meta({ description: "Defaults to the newest version." }),
});

export const deletedParserSchema = z
  .object({ id: z.string(), object: z.literal("parser"), deleted: z.literal(true) })
  .meta({ id: "DeletedParser" });

const parsers = new Hono<ApiEnv>();

parsers.get("/", validated("query", parsersQuery), async (c) => {
  const { limit, cursor: after } = c.req.valid("query");
  // The extra row shows whether there is another page.
  const query = { after, limit: limit + 1 };
  const found = await listParsersInUse(database(c.env.DB), c.var.account.id, query);
  const shown = found.slice(0, limit);
  const last = found.length > limit ? shown.at(-1) : undefined;
  const builtIn = last ? [] : builtInParsers.map(builtInParserObject);
  return c.json({
    object: "list",
    data: [...shown.map(customParserSummary), ...builtIn],
    cursor: last && cursorAfter(last),
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

parsers.get(parserPath, validated("query", parserQuery), async (c) => {
  const id = c.req.param("id");
  const { version } = c.req.valid("query");
  const builtIn = findBuiltInParser(id);
  if (builtIn && (version ?? builtIn.version) === builtIn.version)
    return c.json(builtInParserObject(builtIn));
  const row = await findParserInUse(database(c.env.DB), c.var.account.id, id, version);
  if (!row) throw parserNotFound(id, version);
  return c.json(customParserObject(row));
});

parsers.put(parserPath, jsonBody, validated("json", givenParserDefinition), async (c) => {
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

parsers.delete(parserPath, async (c) => {
  const id = c.req.param("id");
  refuseBuiltIn(id);
  const isDeleted = await deleteParser(database(c.env.DB), c.var.account.id, id, Date.now());
  if (!isDeleted) throw parserNotFound(id);
  return c.json({ id, object: "parser", deleted: true });
});

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
