/** `POST /v1/batches/{id}/retry`: a new batch of those items of a batch that failed. */
import { Hono } from "hono";
import * as z from "zod";
import { accept } from "../batch/accept.ts";
import { failureCodeSchema } from "../batch/item-object.ts";
import { type BatchRequest, MAX_ITEMS } from "../batch/request.ts";
import type { BatchRow } from "../db/batches.ts";
import { database } from "../db/client.ts";
import { listFailedItems } from "../db/items.ts";
import { findBuiltInParser } from "../parsers/built-in.ts";
import { shortened } from "../text/shortened.ts";
import { acceptanceResponse, idempotencyOf } from "./acceptance-response.ts";
import type { ApiEnv } from "./api-env.ts";
import { optionalJsonBody } from "./middleware/json-body.ts";
import { validated } from "./middleware/validated.ts";
import { type Fault, faultsProblem, Problem } from "./problem.ts";
import { requestedBatch } from "./requested-batch.ts";

export const retryRequest = z.object({
  codes: z
    .array(failureCodeSchema)
    .min(1)
    .max(failureCodeSchema.options.length)
    .nullish()
    .meta({ description: "Only items that failed with one of these codes." }),
  custom_ids: z
    .array(z.string())
    .min(1)
    .max(MAX_ITEMS)
    .nullish()
    .meta({ description: "Only these items. Each must have failed." }),
});

const retry = new Hono<ApiEnv>();

retry.post("/:id/retry", optionalJsonBody, validated("json", retryRequest), async (c) => {
  const { codes, custom_ids: customIds } = c.req.valid("json");
  const batch = await requestedBatch(c, c.req.param("id"));
  const idempotency = await idempotencyOf(c, batch.id);
  const failed = await listFailedItems(database(c.env.DB), c.var.account.id, batch.id);
  if (customIds) requireFailed(customIds, new Set(failed.map(({ custom_id }) => custom_id)));
  const chosen = customIds && new Set(customIds);
  const items = failed.filter(
    ({ custom_id, code }) =>
      (!chosen || chosen.has(custom_id)) && (!codes || codes.some((wanted) => wanted === code)),
  );
  if (items.length === 0) {
    const which =
      codes || customIds ? "No failed item of this batch matches." : "No item of this batch has failed.";
    throw new Problem("nothing_to_retry", which);
  }
  const request = { ...optionsOf(batch), items: items.map(({ code, ...item }) => item) };
  const options = { idempotency, retryOf: batch.id };
  return acceptanceResponse(c, await accept(c.env, c.var.account, request, options));
});

/** @throws Problem that names each id that is not that of a failed item */
function requireFailed(customIds: string[], failed: ReadonlySet<string>): void {
  const errors: Fault[] = [];
  for (const [i, id] of customIds.entries()) {
    const message = `No item with the custom_id ${JSON.stringify(shortened(id))} has failed in this batch.`;
    if (!failed.has(id)) errors.push({ path: `custom_ids[${i}]`, code: "not_failed", message });
  }
  if (errors.length > 0) throw faultsProblem("validation_error", errors);
}

const noLinkFilters = {
  include_links: undefined,
  exclude_links: undefined,
  query_to_order_links_by: undefined,
};

/** The options that the batch was created with. */
function optionsOf(batch: BatchRow): Omit<BatchRequest, "items"> {
  const { country, parserId: id, parserVersion, linksOnPage, metadata, webhook, webhookEvents } = batch;
  // A built-in parser has only its newest version.
  const version = id === null || findBuiltInParser(id) ? undefined : (parserVersion ?? undefined);
  return {
    country: country ?? undefined,
    parser: id === null ? undefined : { id, version },
    links_on_page: linksOnPage ? { ...noLinkFilters, ...linksOnPage } : undefined,
    metadata,
    webhook: webhook ?? undefined,
    webhook_events: webhookEvents ?? undefined,
  };
}

export { retry };
