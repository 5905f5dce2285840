/** `GET /v1/batches/{id}/items`: a batch's finished items, in the order they finished. */
import { Hono } from "hono";
import * as z from "zod";
import { itemObjects, itemSchema } from "../batch/item-object.ts";
import type { BatchRow } from "../db/batches.ts";
import { database } from "../db/client.ts";
import { type FinishedStatus, finishedStatuses, listFinishedItems } from "../db/items.ts";
import { batches } from "../db/schema.ts";
import type { ApiEnv } from "./api-env.ts";
import { validated } from "./middleware/validated.ts";
import { batchNotFound } from "./not-found.ts";
import { wholeNumber } from "./query-parameters.ts";

export const statusFilter = z
  .enum(finishedStatuses, { error: "Must be `completed` or `failed`. Omit it for both." })
  .optional()
  .meta({ description: "Only items with this status." });

export const itemsQuery = z.object({
  status: statusFilter,
  limit: wholeNumber(1, 1000)
    .default(50)
    .meta({ description: "Maximum number of items per page.", override: { default: 50 } }),
  cursor: wholeNumber(0, Number.MAX_SAFE_INTEGER)
    .default(0)
    .meta({ description: "The `cursor` of the previous page. Omit it for the first page." }),
});

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
  const shown = await itemObjects(c.env.CONTENT, batch, page);
  // A running batch always has a next page: the items that finish later.
  const hasMore = shown.length < found.items.length || (batch.status === "in_progress" && shown.length > 0);
  return c.json({
    object: "list",
    batch_id: batch.id,
    id: batch.id,
    status: batch.status,
    items: shown,
    items_count: countOf(batch, status),
    cursor: hasMore ? (page[shown.length - 1]?.seq ?? undefined) : undefined,
  });
});

function countOf(batch: BatchRow, status?: FinishedStatus): number {
  if (status === "completed") return batch.completedUrls;
  if (status === "failed") return batch.failedUrls;
  return batch.completedUrls + batch.failedUrls;
}

export { items };
