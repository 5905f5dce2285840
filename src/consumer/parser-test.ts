/** Tests a parser on one page, outside of any batch. */
import { PageHtml } from "../content/captured-html.ts";
import { withObjectRoot } from "../content/json-root.ts";
import { endHold, type HoldRefusal, holdCredits } from "../db/credit-holds.ts";
import { repeatable } from "../io/d1.ts";
import { ParserFailure } from "../parsers/failure.ts";
import type { JsonObject } from "../parsers/json-value.ts";
import type { PageInput } from "../parsers/parser-page.ts";
import { type RunnableParser, runParser } from "../parsers/run-parser.ts";
import type { FailureCode } from "../protocol/failure-codes.ts";
import { RenderFailure } from "../protocol/render-failure.ts";
import type { RenderedPage } from "../render/rendered-page.ts";
import { type Env, settings } from "../settings.ts";
import { log, messageOf } from "../text/log.ts";
import { renderOnce } from "./render-once.ts";

export interface TestOutcome {
  /** As it would be in a page's `json_content`. Null if the page failed. */
  json: JsonObject | null;
  error: { code: FailureCode; message: string } | null;
  httpStatus?: number;
  finalUrl?: string;
}

/** Runs the parser on HTML that the client gave. */
export function testOnHtml(parser: RunnableParser, html: string, url: string): TestOutcome {
  return parse(parser, { html: new PageHtml(html), url });
}

/**
 * Renders the page at `url` and runs the parser on it. The account pays for it if it succeeds: the price is held
 * first, so that tests at the same time cannot spend the same credits.
 *
 * @returns the outcome, whether or not the page failed; or why the credits could not be held
 * @throws what D1 throws when the credits are held; what the browser pool throws
 */
export async function testOnPage(
  env: Env,
  account: { id: string },
  parser: RunnableParser,
  { url, price }: { url: string; price: number },
): Promise<TestOutcome | { refused: HoldRefusal }> {
  const hold = { id: crypto.randomUUID(), accountId: account.id, credits: price, createdAt: Date.now() };
  const refused = await holdCredits(env.DB, hold, settings(env).MAX_PARSER_TESTS);
  if (refused) return { refused };
  let isOwed = false;
  try {
    const outcome = await renderAndParse(env, parser, url);
    isOwed = outcome.error === null;
    return outcome;
  } finally {
    await endHold(repeatable(env.DB), hold.id, isOwed).catch((thrown) => {
      // The hourly clean-up frees the credits.
      const fields = { account_id: account.id, credits: price, owed: isOwed };
      log("error", "parser_test.hold_not_ended", { ...fields, error: messageOf(thrown) });
    });
  }
}

async function renderAndParse(env: Env, parser: RunnableParser, url: string): Promise<TestOutcome> {
  let rendered: RenderedPage | undefined;
  try {
    rendered = await renderOnce(env, url);
    const { httpStatus, finalUrl } = rendered;
    if (rendered.kind !== "html") {
      const message = `The page is ${rendered.mimeType}; parsers read HTML.`;
      return { json: null, error: { code: "unsupported_content_type", message }, httpStatus, finalUrl };
    }
    const input = { html: rendered.page.html.toPageHtml(), url: rendered.page.url };
    return { ...parse(parser, input), httpStatus, finalUrl };
  } catch (thrown) {
    if (!(thrown instanceof RenderFailure)) throw thrown;
    const { code, message, facts } = thrown;
    return { json: null, error: { code, message }, httpStatus: facts.httpStatus, finalUrl: facts.finalUrl };
  } finally {
    rendered?.memory?.release();
  }
}

function parse(parser: RunnableParser, input: PageInput): TestOutcome {
  try {
    return { json: JSON.parse(withObjectRoot(runParser(parser, input))) as JsonObject, error: null };
  } catch (thrown) {
    if (!(thrown instanceof ParserFailure)) throw thrown;
    return { json: null, error: { code: thrown.code, message: thrown.message } };
  }
}
