/** Tries a parser on one page, outside of any batch. */

import { PageHtml } from "../content/captured-html.ts";
import { ParserFailure } from "../parsers/failure.ts";
import type { Json } from "../parsers/json-value.ts";
import type { PageInput } from "../parsers/parser-page.ts";
import { type RunnableParser, runParser } from "../parsers/run-parser.ts";
import type { FailureCode } from "../protocol/failure-codes.ts";
import { RenderFailure } from "../protocol/render-failure.ts";
import type { Env } from "../settings.ts";
import { renderOnce } from "./render-once.ts";

export interface TestOutcome {
  json: Json;
  error: { code: FailureCode; message: string } | null;
  httpStatus?: number;
  finalUrl?: string;
}

/** Runs the parser on the HTML given, or else on what a browser makes of the URL. A page that fails is an outcome too. */
export async function testParser(
  env: Env,
  parser: RunnableParser,
  { url, html }: { url: string; html: string | undefined },
): Promise<TestOutcome> {
  if (html !== undefined) return parsed(parser, { html: new PageHtml(html), url });
  try {
    const page = await renderOnce(env, url);
    const { httpStatus, finalUrl } = page;
    const facts = { httpStatus, ...(finalUrl === undefined ? {} : { finalUrl }) };
    if (page.kind !== "html") {
      const message = `The page is ${page.mimeType}; parsers read HTML.`;
      return { json: null, error: { code: "unsupported_content_type", message }, ...facts };
    }
    const input = { html: page.page.html.toPageHtml(), url: page.page.url };
    return { ...parsed(parser, input), ...facts };
  } catch (thrown) {
    if (!(thrown instanceof RenderFailure)) throw thrown;
    const { code, message, facts } = thrown;
    return { json: null, error: { code, message }, httpStatus: facts.httpStatus, finalUrl: facts.finalUrl };
  }
}

function parsed(parser: RunnableParser, input: PageInput): TestOutcome {
  try {
    return { json: JSON.parse(runParser(parser, input)) as Json, error: null };
  } catch (thrown) {
    if (!(thrown instanceof ParserFailure)) throw thrown;
    return { json: null, error: { code: thrown.code, message: thrown.message } };
  }
}
