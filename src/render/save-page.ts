/** Puts a rendered page's content where it is kept, and says what there is to report. */
import { contentKey, putPart } from "./content.ts";
import type { RenderedPage } from "./render-page.ts";
import type { Assignment, Outcome, RenderJob } from "./report.ts";

/** Writes the page's parts to R2. @throws what R2 throws; RenderFailure from a parser */
export async function savePage(
  bucket: R2Bucket,
  job: RenderJob,
  { idx, attempt }: Assignment,
  rendered: RenderedPage,
): Promise<Outcome> {
  const key = contentKey(job.accountId, job.batchId, idx, attempt);
  const { httpStatus, finalUrl, title } = rendered;
  if (rendered.kind === "html") {
    await putPart(bucket, key, "html", rendered.page.html);
  } else {
    await putPart(bucket, key, "text", new TextDecoder(rendered.charset).decode(rendered.body));
  }
  return { kind: "rendered", httpStatus, finalUrl, title };
}
