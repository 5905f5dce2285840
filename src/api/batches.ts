/** `/v1/batches`: creating, reading, listing, updating, and canceling batches. */
import { Hono } from "hono";
import * as z from "zod";
import { accept } from "../batch/accept.ts";
import { batchObject, batchObjectSchema } from "../batch/batch-object.ts";
import { cancelBatch } from "../batch/commands.ts";
import { MAX_KEYS } from "../batch/metadata.ts";
import { batchPatch, batchRequest } from "../batch/request.ts";
import { listBatches, patchMetadata } from "../db/batches.ts";
import { database } from "../db/client.ts";
import { batches as batchRows } from "../db/schema.ts";
import { settings } from "../settings.ts";
import { acceptanceResponse, idempotencyOf } from "./acceptance-response.ts";
import type { ApiEnv } from "./api-env.ts";
import { jsonBody } from "./middleware/json-body.ts";
import { validated } from "./middleware/validated.ts";
import { batchNotFound } from "./not-found.ts";
import { Problem } from "./problem.ts";
import { cursor, cursorAfter, wholeNumber, withMetadataFilter } from "./query-parameters.ts";
import { requestedBatch } from "./requested-batch.ts";
import { anyHost, publicHostsOnly } from "./url-guard.ts";

const MAX_LISTED = 100;

export const recentQuery = z.object({
  limit: wholeNumber(1, MAX_LISTED)
    .default(50)
    .meta({ description: "Maximum number of batches per page.", override: { default: 50 } }),
});

export const batchesQuery = recentQuery.extend({
  status: z
    .enum(batchRows.status.enumValues, {
      error: "Must be `in_progress` or `completed`. Omit it for both.",
    })
    .optional()
    .meta({ description: "Only batches with this status." }),
  cursor,
});

export const recentBatchesSchema = z
  .object({ object: z.literal("list"), data: z.array(batchObjectSchema) })
  .meta({ id: "RecentBatches" });

export const batchListSchema = recentBatchesSchema
  .extend({
    cursor: z.string().optional().meta({ description: "Cursor of the next page. Absent on the last page." }),
  })
  .meta({ id: "BatchList" });

const validatedPublic = validated("json", batchRequest(publicHostsOnly));
const validatedAny = validated("json", batchRequest(anyHost));
const validatedRequest: typeof validatedPublic = (c, next) =>
  settings(c.env as ApiEnv["Bindings"]).ALLOW_PRIVATE_NETWORK
    ? validatedAny(c, next)
    : validatedPublic(c, next);

const batches = new Hono<ApiEnv>();

batches.post("/", jsonBody, validatedRequest, async (c) => {
  const idempotency = await idempotencyOf(c);
  return acceptanceResponse(c, await accept(c.env, c.var.account, c.req.valid("json"), { idempotency }));
});

batches.get("/", validated("query", withMetadataFilter(batchesQuery)), async (c) => {
  const { cursor: after, ...query } = c.req.valid("query");
  const page = await listBatches(database(c.env.DB), c.var.account.id, { ...query, after });
  const cursor = page.goOnAfter && cursorAfter(page.goOnAfter);
  return c.json({ object: "list", data: page.batches.map(batchObject), cursor });
});

batches.get("/recent", validated("query", recentQuery), async (c) => {
  const { limit } = c.req.valid("query");
  const page = await listBatches(database(c.env.DB), c.var.account.id, { limit });
  return c.json({ object: "list", data: page.batches.map(batchObject) });
});

batches.get("/:id", async (c) => c.json(batchObject(await requestedBatch(c, c.req.param("id")))));

batches.patch("/:id", jsonBody, validated("json", batchPatch, "invalid_metadata"), async (c) => {
  const id = c.req.param("id");
  const { metadata } = c.req.valid("json");
  const patched = await patchMetadata(database(c.env.DB), c.var.account.id, id, metadata, MAX_KEYS);
  if (!patched) throw batchNotFound(id);
  if ("keys" in patched) {
    const message = `Metadata can have at most ${MAX_KEYS} keys; merging would make ${patched.keys}.`;
    const errors = [{ path: "metadata", code: "too_many_keys", message }];
    throw new Problem("invalid_metadata", `metadata: ${message}`, { errors });
  }
  return c.json(batchObject(patched));
});

batches.post("/:id/cancel", async (c) => {
  const batch = await requestedBatch(c, c.req.param("id"));
  await cancelBatch(c.env, batch);
  return c.json(batchObject(await requestedBatch(c, batch.id)));
});

export { batches };
