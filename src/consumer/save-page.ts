/** Saves a rendered page's content. */
import { partsOfFile } from "../content/extract/file-parts.ts";
import { linksOfPage } from "../content/extract/links.ts";
import { putHtml } from "../content/stored-html.ts";
import { contentKey, putPart } from "../content/stored-parts.ts";
import { pageJson } from "../parsers/page-json.ts";
import type { Assignment, RenderJob } from "../protocol/claim.ts";
import type { Outcome } from "../protocol/report.ts";
import type { RenderedPage } from "../render/rendered-page.ts";
import type { Env } from "../settings.ts";

type Saved = Extract<Outcome, { kind: "rendered" }>;

/**
 * Writes the page's parts to R2. Releases the memory reserved for the page when it has ended, even if nobody waits for it.
 *
 * @returns the outcome to report
 * @throws what R2 and D1 throw; RenderFailure if the parser fails or the file cannot be read
 */
export async function savePage(
  env: Pick<Env, "CONTENT" | "DB">,
  job: RenderJob,
  assignment: Assignment,
  rendered: RenderedPage,
): Promise<Saved> {
  try {
    return await saveParts(env, job, assignment, rendered);
  } finally {
    rendered.memory?.release();
  }
}

async function saveParts(
  { CONTENT: bucket, DB }: Pick<Env, "CONTENT" | "DB">,
  job: RenderJob,
  { idx, rendering }: Assignment,
  rendered: RenderedPage,
): Promise<Saved> {
  const key = contentKey(job.accountId, job.batchId, idx, rendering);
  const { httpStatus, finalUrl, title } = rendered;
  let { warnings } = rendered;
  if (rendered.kind === "html") {
    const { url } = rendered.page;
    const html = rendered.page.html.toPageHtml();
    const json = await pageJson(DB, job, { html, url }, { httpStatus, finalUrl, title });
    await putHtml(bucket, key, html, url);
    if (json !== null) await putPart(bucket, key, "json", json);
    if (job.linksOnPage && html.fitsInTree) {
      const links = linksOfPage(html, url, job.linksOnPage);
      await putPart(bucket, key, "links", JSON.stringify(links));
    }
  } else {
    const file = await partsOfFile(rendered);
    warnings = file.warnings;
    // One after the other: each is as large as the file.
    for (const [part, body] of file.parts) await putPart(bucket, key, part, body);
  }
  return { kind: "rendered", httpStatus, finalUrl, title, warnings };
}
