/** Puts a rendered page's content where it is kept, and says what there is to report. */

import { partsOfFile } from "../content/extract/file.ts";
import { flattenHtml } from "../content/extract/flatten.ts";
import { linksOfPage } from "../content/extract/links.ts";
import { putMarks, takeMarks } from "../content/extract/marks.ts";
import { tagsIn } from "../content/extract/parse.ts";
import { isDerivable } from "../content/formats.ts";
import { contentKey, type HtmlFacts, MAX_MARKS_IN_FACTS, MAX_URL, putPart } from "../content/parts.ts";
import { pageJson } from "../parsers/page-json.ts";
import type { Assignment, RenderJob } from "../protocol/claim.ts";
import type { Outcome } from "../protocol/report.ts";
import type { RenderedPage } from "../render/rendered-page.ts";
import type { Env } from "../settings.ts";

/**
 * Writes the page's parts to R2. @throws what R2 and D1 throw; RenderFailure from a parser, or for a file that cannot be
 * read
 */
export async function savePage(
  { CONTENT: bucket, DB }: Pick<Env, "CONTENT" | "DB">,
  job: RenderJob,
  { idx, rendering }: Assignment,
  rendered: RenderedPage,
): Promise<Outcome> {
  const key = contentKey(job.accountId, job.batchId, idx, rendering);
  const { httpStatus, finalUrl, title } = rendered;
  if (rendered.kind === "html") {
    const { url, token } = rendered.page;
    const { html, marks } = takeMarks(flattenHtml(rendered.page.html, token), token);
    const json = await pageJson(DB, job, { html, marks, url }, { httpStatus, finalUrl, title });
    const tags = tagsIn(html);
    await putHtml(bucket, key, html, marks, factsOf(tags, url));
    if (json !== null) await putPart(bucket, key, "json", json);
    if (job.linksOnPage && isDerivable(html.length, tags)) {
      const links = linksOfPage(putMarks(html, marks), url, job.linksOnPage);
      await putPart(bucket, key, "links", JSON.stringify(links));
    }
  } else {
    const parts = await partsOfFile(rendered);
    await Promise.all(parts.map(([part, body]) => putPart(bucket, key, part, body)));
  }
  return { kind: "rendered", httpStatus, finalUrl, title };
}

async function putHtml(
  bucket: R2Bucket,
  key: string,
  html: string,
  marks: string,
  facts: HtmlFacts,
): Promise<void> {
  if (marks.length <= MAX_MARKS_IN_FACTS) {
    await putPart(bucket, key, "html", html, { ...facts, marks });
  } else {
    await Promise.all([putPart(bucket, key, "html", html, facts), putPart(bucket, key, "marks", marks)]);
  }
}

function factsOf(tags: number, url: string): HtmlFacts {
  return { url: url.slice(0, MAX_URL), tags: String(tags) };
}
