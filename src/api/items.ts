/** `GET /v1/batches/{id}/items`: a batch's finished items, in the order they finished. */
import { Hono } from "hono";
import * as z from "zod";
import { unixSeconds } from "../batch/batch-object.ts";
import { retrieveId } from "../batch/retrieve-id.ts";
import type { BatchRow } from "../db/batches.ts";
import { database } from "../db/client.ts";
import { type FinishedStatus, finishedStatuses, type ItemRow, listFinishedItems } from "../db/items.ts";
import { metadataSchema } from "../db/json-columns.ts";
import { batches } from "../db/schema.ts";
import { type FailureCode, failureCodes } from "../protocol/failure-codes.ts";
import { type WarningCode, warningCodes } from "../protocol/warning-codes.ts";
import type { ApiEnv } from "./api-env.ts";
import { readLinks } from "./item-links.ts";
import { validated } from "./middleware/validated.ts";
import { batchNotFound } from "./not-found.ts";
import { wholeNumber } from "./query-parameters.ts";

export const itemsQuery = z.object({
  status: z
    .enum(finishedStatuses, { error: "Must be `completed` or `failed`. Omit it for both." })
    .optional()
    .meta({ description: "Only items with this status." }),
  limit: wholeNumber(1, 1000)
    .default(50)
    .meta({ description: "Maximum number of items per page.", override: { default: 50 } }),
  cursor: wholeNumber(0, Number.MAX_SAFE_INTEGER)
    .default(0)
    .meta({ description: "The `cursor` of the previous page. Omit it for the first page." }),
});

export const failureSchema = z.object({
  code: z
    .enum(Object.keys(failureCodes) as [FailureCode, ...FailureCode[]])
    .meta({ description: "See the list of failure codes." }),
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

export const itemListSchema = z
  .object({
    object: z.literal("list"),
    batch_id: z.string(),
    id: z.string().meta({ description: "The same as `batch_id`." }),
    status: z.enum(batches.status.enumValues).meta({ description: "The batch's status." }),
    items: z.array(itemSchema),
    items_count: z
      .int()
      .min(0)
      .meta({ description: "Finished items that match the filter, across all pages." }),
    cursor: z
      .int()
      .optional()
      .meta({
        description:
          "Cursor of the next page. Absent on the last page. While the batch is running, it is also absent when no item has " +
          "finished since the cursor you sent: poll again with the same cursor.",
      }),
  })
  .meta({ id: "ItemList" });

const items = new Hono<ApiEnv>();

items.get("/:id/items", validated("query", itemsQuery), async (c) => {
  const id = c.req.param("id");
  const { status, limit, cursor } = c.req.valid("query");
  // The extra row shows whether there is another page.
  const query = { status, after: cursor, limit: limit + 1 };
  const found = await listFinishedItems(database(c.env.DB), c.var.account.id, id, query);
  if (!found) throw batchNotFound(id);

  const { batch } = found;
  const page = found.items.slice(0, limit);
  const hasLinks = batch.linksOnPage && batch.contentRemovedAt === null;
  const links = hasLinks ? await readLinks(c.env.CONTENT, page) : null;
  const shown = links ? page.slice(0, links.length) : page;
  // A running batch always has a next page: the items that finish later.
  const hasMore = shown.length < found.items.length || (batch.status === "in_progress" && shown.length > 0);
  return c.json({
    object: "list",
    batch_id: batch.id,
    id: batch.id,
    status: batch.status,
    items: shown.map((item, i) => itemObject(batch, item, links?.[i])),
    items_count: countOf(batch, status),
    cursor: hasMore ? (shown.at(-1)?.seq ?? undefined) : undefined,
  });
});

function countOf(batch: BatchRow, status?: FinishedStatus): number {
  if (status === "completed") return batch.completedUrls;
  if (status === "failed") return batch.failedUrls;
  return batch.completedUrls + batch.failedUrls;
}

function itemObject(batch: BatchRow, item: ItemRow, links?: string[]): z.output<typeof itemSchema> {
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

export { items };
