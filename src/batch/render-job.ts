/** What all renderings of a batch have in common, as its tracker tells the consumers. */
import type { BatchRow } from "../db/batches.ts";
import type { RenderJob } from "../protocol/claim.ts";

export function renderJob(batch: BatchRow): RenderJob {
  const { id: batchId, accountId, renderCountry: country, linksOnPage, parserId, parserVersion } = batch;
  const parser = parserId === null ? null : { id: parserId, version: parserVersion ?? 1 };
  return { batchId, accountId, country, linksOnPage, parser };
}
