/** Runs a batch's parser on a page of the batch. */
import { withObjectRoot } from "../content/json-root.ts";
import { database } from "../db/client.ts";
import type { RenderJob } from "../protocol/claim.ts";
import { RenderFailure } from "../protocol/render-failure.ts";
import type { PageFacts } from "../protocol/report.ts";
import { ParserFailure } from "./failure.ts";
import { loadParser } from "./load-parser.ts";
import type { PageInput } from "./parser-page.ts";
import { runParser } from "./run-parser.ts";

/**
 * The output of the job's parser as JSON text with an object at its root, or null if the job has no parser.
 *
 * @throws RenderFailure `parser_output_missing` or `parser_failed`; what D1 throws if the parser cannot be loaded
 */
export async function pageJson(
  d1: D1Database,
  job: RenderJob,
  page: PageInput,
  facts: PageFacts = {},
): Promise<string | null> {
  if (!job.parser) return null;
  const { id, version } = job.parser;
  const parser = await loadParser(database(d1), job.accountId, id, version);
  if (!parser)
    throw new RenderFailure("parser_failed", `There is no parser ${JSON.stringify(id)} any more.`, { facts });
  try {
    return withObjectRoot(runParser(parser, page));
  } catch (thrown) {
    throw thrown instanceof ParserFailure
      ? new RenderFailure(thrown.code, thrown.message, { facts })
      : thrown;
  }
}
