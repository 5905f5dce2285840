/** The reference of `/v1/batches`. */
import * as z from "zod";
import type { ZodOpenApiParameters, ZodOpenApiPathsObject } from "zod-openapi";
import { batchObjectSchema } from "../../batch/batch-object.ts";
import { batchPatch, documentedBatchRequest } from "../../batch/request.ts";
import { batchesQuery, batchListSchema, recentBatchesSchema, recentQuery } from "../batches.ts";
import { itemListSchema, itemsQuery } from "../items.ts";
import { deliveryListSchema } from "../webhook-deliveries.ts";
import {
  acceptedExample,
  batchRequestExample,
  completedExample,
  deliveryListExample,
  itemListExample,
} from "./batch-examples.ts";
import { accountProblems, json } from "./responses.ts";

const path: ZodOpenApiParameters["path"] = z.object({
  id: z.string().meta({ description: "The batch's id.", example: "batch_4fQ8sWc0ZbT1xKd9aLm3Ye" }),
});

const idempotencyKey = z.object({
  "Idempotency-Key": z
    .string()
    .min(1)
    .max(255)
    .optional()
    .meta({
      description:
        "Makes it safe to send the request again: for 24 hours the same key with the same body gets the first answer, " +
        "byte for byte, and no second batch. Printable ASCII characters.",
    }),
});

export const batchPaths: ZodOpenApiPathsObject = {
  "/v1/batches": {
    post: {
      operationId: "createBatch",
      tags: ["Batches"],
      summary: "Make a batch",
      description:
        "Takes up to 10,000 pages and answers at once. From then on the batch completes, whatever happens. Its full price " +
        "is reserved until then.",
      requestParams: { header: idempotencyKey },
      requestBody: {
        required: true,
        content: { "application/json": { schema: documentedBatchRequest, example: batchRequestExample } },
      },
      responses: {
        200: {
          ...json("The batch, accepted.", batchObjectSchema, acceptedExample),
          headers: {
            "Idempotent-Replayed": {
              description:
                "`true` when this is the answer of an earlier request with the same Idempotency-Key.",
              schema: { type: "string", enum: ["true"] },
            },
          },
        },
        ...accountProblems(
          "validation_error",
          "invalid_json",
          "parser_not_found",
          "credits_exhausted",
          "access_denied",
          "idempotency_key_in_progress",
          "payload_too_large",
          "unsupported_media_type",
          "idempotency_key_reuse",
        ),
      },
    },
    get: {
      operationId: "listBatches",
      tags: ["Batches"],
      summary: "List batches",
      description:
        "All of the account's batches, newest first. With a filter, one request looks at 10,000 batches at most: a page can " +
        "then be shorter than `limit`, even empty, and have a `cursor`. The list has ended when there is no `cursor`.",
      requestParams: { query: batchesQuery },
      parameters: [
        {
          name: "metadata",
          in: "query",
          style: "deepObject",
          explode: true,
          description:
            "`metadata[key]=value`, any number of times: only batches whose metadata has all of these.",
          schema: { type: "object", additionalProperties: { type: "string" } },
          example: { order: "42" },
        },
      ],
      responses: {
        200: json("A page of batches.", batchListSchema, { object: "list", data: [completedExample] }),
        ...accountProblems("validation_error"),
      },
    },
  },
  "/v1/batches/recent": {
    get: {
      operationId: "listRecentBatches",
      tags: ["Batches"],
      summary: "List the newest batches",
      requestParams: { query: recentQuery },
      responses: {
        200: json("The newest batches.", recentBatchesSchema, { object: "list", data: [completedExample] }),
        ...accountProblems("validation_error"),
      },
    },
  },
  "/v1/batches/{id}": {
    get: {
      operationId: "getBatch",
      tags: ["Batches"],
      summary: "Read a batch",
      description:
        "Kept for 365 days after it completed, unless the deployment says otherwise; not found from then on.",
      requestParams: { path },
      responses: {
        200: json("The batch.", batchObjectSchema, completedExample),
        ...accountProblems("batch_not_found"),
      },
    },
    patch: {
      operationId: "updateBatch",
      tags: ["Batches"],
      summary: "Change a batch's metadata",
      description:
        "Merges: new keys are added, given ones overwritten, a key that is null or empty removed. Nothing but the metadata " +
        "can be changed. Two at the same time lose neither's keys.",
      requestParams: { path },
      requestBody: {
        required: true,
        content: {
          "application/json": { schema: batchPatch, example: { metadata: { order: "43", note: null } } },
        },
      },
      responses: {
        200: json("The batch with its metadata as they are now.", batchObjectSchema, {
          ...completedExample,
          metadata: { order: "43" },
        }),
        ...accountProblems(
          "invalid_metadata",
          "invalid_json",
          "batch_not_found",
          "payload_too_large",
          "unsupported_media_type",
        ),
      },
    },
  },
  "/v1/batches/{id}/items": {
    get: {
      operationId: "listItems",
      tags: ["Items"],
      summary: "List a batch's finished items",
      description:
        "In the order in which they finished. Walking the cursor shows each finished item once and skips none, while the " +
        "batch runs and after. A page may be shorter than `limit` when it has many links.",
      requestParams: { path, query: itemsQuery },
      responses: {
        200: json("A page of items.", itemListSchema, itemListExample),
        ...accountProblems("validation_error", "batch_not_found"),
      },
    },
  },
  "/v1/batches/{id}/cancel": {
    post: {
      operationId: "cancelBatch",
      tags: ["Batches"],
      summary: "Cancel a batch",
      description:
        "Items not yet rendered fail with the code `cancelled` and cost nothing. The batch completes, and its webhook is " +
        "sent, as ever. A batch that has completed stays as it is.",
      requestParams: { path },
      responses: {
        200: json("The batch.", batchObjectSchema, acceptedExample),
        ...accountProblems("batch_not_found"),
      },
    },
  },
  "/v1/batches/{id}/webhook_deliveries": {
    get: {
      operationId: "listWebhookDeliveries",
      tags: ["Webhooks"],
      summary: "List a webhook's delivery attempts",
      requestParams: { path },
      responses: {
        200: json("The attempts, oldest first.", deliveryListSchema, deliveryListExample),
        ...accountProblems("batch_not_found"),
      },
    },
    post: {
      operationId: "redeliverWebhook",
      tags: ["Webhooks"],
      summary: "Send a batch's event again",
      description: "The same event, under the same id. The batch must have completed, and have a webhook.",
      requestParams: { path },
      responses: {
        202: json("The attempts so far; the new one follows.", deliveryListSchema, deliveryListExample),
        ...accountProblems("validation_error", "batch_not_found"),
      },
    },
  },
};
