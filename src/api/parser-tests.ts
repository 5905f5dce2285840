/** `/v1/parsers/{id}/test`: testing a parser on one page. */
import { type Context, Hono } from "hono";
import * as z from "zod";
import { findParser, isParserGranted } from "../account/parser-terms.ts";
import { failureSchema } from "../batch/item-object.ts";
import { httpUrl } from "../batch/request.ts";
import { type TestOutcome, testOnHtml, testOnPage } from "../consumer/parser-test.ts";
import { database } from "../db/client.ts";
import type { HoldRefusal } from "../db/credit-holds.ts";
import { finishedStatuses } from "../db/items.ts";
import { loadParser } from "../parsers/load-parser.ts";
import type { RunnableParser } from "../parsers/run-parser.ts";
import { settings } from "../settings.ts";
import type { ApiEnv } from "./api-env.ts";
import { jsonBody } from "./middleware/json-body.ts";
import { countRequest } from "./middleware/rate-limit.ts";
import { validated } from "./middleware/validated.ts";
import { parserNotFound } from "./not-found.ts";
import { parserPath } from "./parser-path.ts";
import { Problem } from "./problem.ts";
import { anyHost, publicHostsOnly } from "./url-guard.ts";

/** The most HTML that parsers read. */
const MAX_HTML_CHARACTERS = 6 * 1024 * 1024;

/** When to come back if others of the account's tests are still running. Most pages take a few seconds. */
const RETRY_SECONDS = 5;

export const parserTestRequest = z.object({
  url: httpUrl(anyHost).meta({
    description:
      "The page's URL. A browser renders it, unless `html` is given. Relative URLs in the page are resolved against it.",
    example: "https://shop.example.com/kettles",
  }),
  html: z
    .string()
    .max(MAX_HTML_CHARACTERS)
    .nullish()
    .meta({ description: "The page's HTML. If given, no page is rendered." }),
  version: z.int().min(1).nullish().meta({ description: "Defaults to the newest version." }),
});

export const parserTestSchema = z
  .object({
    object: z.literal("parser_test"),
    parser_id: z.string(),
    version: z.int(),
    url: z.string(),
    status: z
      .enum(finishedStatuses)
      .meta({ description: "How an item of a batch would end with this parser and page." }),
    json: z.record(z.string(), z.unknown()).nullable().meta({
      description:
        "The JSON that the parser extracted from the page, as in the `json_content` of an item. Null if the page failed.",
    }),
    error: failureSchema.nullable().meta({ description: "Why the page failed. Null if it completed." }),
    http_status: z
      .int()
      .optional()
      .meta({ description: "Absent if no page was rendered, or the server did not respond." }),
    final_url: z
      .string()
      .optional()
      .meta({ description: "Where redirects led. Absent if the same as `url`." }),
  })
  .meta({ id: "ParserTest" });

const parserTests = new Hono<ApiEnv>();

parserTests.post(`${parserPath}/test`, jsonBody, validated("json", parserTestRequest), async (c) => {
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

/** Tests a parser on a page that must be rendered. These tests have their own rate limit. */
async function testOnRenderedPage(
  c: Context<ApiEnv>,
  parser: RunnableParser,
  page: { url: string; price: number },
): Promise<TestOutcome> {
  requirePublicHost(c, page.url);
  const tooMany = "This API key has rendered too many pages to test parsers";
  await countRequest(c.env.TEST_RATE_LIMIT, c.var.keyId, tooMany);
  const testing = testOnPage(c.env, c.var.account, parser, page);
  // If the client hangs up, the test still ends, and with it the hold on its credits.
  c.executionCtx.waitUntil(testing.catch(() => {}));
  const outcome = await testing;
  if ("refused" in outcome) throw refusal(outcome.refused, page.price);
  return outcome;
}

function refusal(refused: HoldRefusal, price: number): Problem {
  if ("holds" in refused) {
    const detail = `The account is testing parsers on ${refused.holds} pages now, as many as it can at once.`;
    return new Problem("rate_limited", detail, { headers: { "Retry-After": String(RETRY_SECONDS) } });
  }
  const left = Math.max(0, refused.left);
  const detail = `The page can cost ${price} credits; the account has ${left} left that no running batch holds.`;
  return new Problem("credits_exhausted", detail);
}

function requirePublicHost(c: Context<ApiEnv>, url: string): void {
  const message = settings(c.env).ALLOW_PRIVATE_NETWORK ? null : publicHostsOnly(new URL(url));
  if (message === null) return;
  const errors = [{ path: "url", code: "custom", message }];
  throw new Problem("validation_error", `url: ${message}`, { errors });
}

export { parserTests };
