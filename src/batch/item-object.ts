/** An item as it is listed, exported and sent. */
import * as z from "zod";
import type { BatchRow } from "../db/batches.ts";
import { finishedStatuses, type ItemRow } from "../db/items.ts";
import { metadataSchema } from "../db/json-columns.ts";
import { type FailureCode, failureCodes } from "../protocol/failure-codes.ts";
import { type WarningCode, warningCodes } from "../protocol/warning-codes.ts";
import { unixSeconds } from "./batch-object.ts";
import { readLinks } from "./item-links.ts";
import { retrieveId } from "./retrieve-id.ts";

export const failureCodeSchema = z.enum(Object.keys(failureCodes) as [FailureCode, ...FailureCode[]]);

export const failureSchema = z.object({
  code: failureCodeSchema.meta({ description: "See the list of failure codes." }),
  message: z.string(),
});

const warningMeanings = Object.entries(warningCodes)
  .map(([code, meaning]) => `\`${code}\`: ${meaning}`)
  .join(" ");

export const itemSchema = z
  .object({
    custom_id: z.string(),
    retrieve_id: z
      .string()
      .nullable()
      .meta({ description: "Pass it to `GET /v1/retrieve`. Null if no content was kept." }),
    url: z.string().meta({ description: "The URL from the request." }),
    status: z.enum(finishedStatuses),
    metadata: metadataSchema.optional(),
    links_on_page: z.array(z.string()).optional().meta({
      description:
        "The page's links, if the batch asked for them. Absent once the page's content has expired.",
    }),
    error: failureSchema.optional().meta({ description: "Why the item failed. Absent if it completed." }),
    http_status: z.int().optional().meta({ description: "Absent if the server did not respond." }),
    final_url: z
      .string()
      .optional()
      .meta({ description: "Where redirects led. Absent if the same as `url`." }),
    title: z.string().optional(),
    warnings: z
      .array(z.enum(Object.keys(warningCodes) as [WarningCode, ...WarningCode[]]))
      .min(1)
      .optional()
      .meta({ description: `What to know about the page. Absent if nothing. ${warningMeanings}` }),
    attempts: z.int().min(0).meta({ description: "How many times rendering was started." }),
    finished_at: z.int().nullable().meta({ description: "Unix seconds." }),
  })
  .meta({ id: "Item" });

export type Item = z.output<typeof itemSchema>;

/**
 * Items with their links, if the batch asked for them: as many of the first ones as fit into one response.
 *
 * @throws what R2 throws
 */
export async function itemObjects(bucket: R2Bucket, batch: BatchRow, items: ItemRow[]): Promise<Item[]> {
  const hasLinks = batch.linksOnPage && batch.contentRemovedAt === null;
  const links = hasLinks ? await readLinks(bucket, items) : null;
  const shown = links ? items.slice(0, links.length) : items;
  return shown.map((item, i) => itemObject(batch, item, links?.[i]));
}

/** @param links the page's links, if the batch asked for them and they are still there */
export function itemObject(batch: BatchRow, item: ItemRow, links?: string[]): Item {
  const completed = item.status === "completed";
  const keepsContent = item.contentKey !== null && batch.contentRemovedAt === null;
  return {
    custom_id: item.customId,
    retrieve_id: item.contentKey === null ? null : retrieveId(batch.id, item.idx),
    url: item.url,
    status: completed ? "completed" : "failed",
    metadata: item.metadata ?? undefined,
    links_on_page: completed ? links : undefined,
    error: completed
      ? undefined
      : { code: (item.errorCode ?? "render_failed") as FailureCode, message: item.errorMessage ?? "" },
    http_status: item.httpStatus ?? undefined,
    final_url: item.finalUrl ?? undefined,
    title: keepsContent ? (item.title ?? undefined) : undefined,
    warnings: (item.warnings as WarningCode[] | null) ?? undefined,
    attempts: item.attempts,
    finished_at: item.finishedAt === null ? null : unixSeconds(item.finishedAt),
  };
}
