/** The OpenAPI operations of `/v1/batches`. */
import * as z from "zod";
import type { ZodOpenApiParameters, ZodOpenApiPathsObject } from "zod-openapi";
import { batchObjectSchema } from "../../batch/batch-object.ts";
import { batchPatch, documentedBatchRequest, MAX_ITEMS } from "../../batch/request.ts";
import { batchesQuery, batchListSchema, recentBatchesSchema, recentQuery } from "../batches.ts";
import { eventsHeaders } from "../events.ts";
import { exportLineSchema, exportQuery } from "../export.ts";
import { itemListSchema, itemsQuery } from "../items.ts";
import { metadataFilterSchema } from "../query-parameters.ts";
import { retryRequest } from "../retry.ts";
import { deliveryListSchema } from "../webhook-deliveries.ts";
import {
  acceptedExample,
  batchRequestExample,
  completedExample,
  deliveryListExample,
  eventStreamExample,
  exportLineExample,
  itemListExample,
} from "./batch-examples.ts";
import { formatsParameter } from "./content-operations.ts";
import { accountProblems, bodyProblems, json } from "./responses.ts";

const path: ZodOpenApiParameters["path"] = z.object({
  id: z.string().meta({ description: "The batch's ID.", example: "batch_4fQ8sWc0ZbT1xKd9aLm3Ye" }),
});

const idempotencyKey = z.object({
  "Idempotency-Key": z
    .string()
    .min(1)
    .max(255)
    .regex(/^[!-~]([ -~]*[!-~])?$/)
    .optional()
    .meta({
      description:
        "Makes the request safe to retry. For 24 hours, a request with the same key and the same body returns the first " +
        "response, byte for byte, and creates no second batch. Printable ASCII characters.",
    }),
});

/** The errors of operations that create a batch. */
const creationProblems = [
  "validation_error",
  "parser_not_found",
  ...bodyProblems,
  "credits_exhausted",
  "access_denied",
  "quota_exceeded",
  "idempotency_key_in_progress",
  "idempotency_key_reuse",
] as const;

export const batchPaths: ZodOpenApiPathsObject = {
  "/v1/batches": {
    post: {
      operationId: "createBatch",
      tags: ["Batches"],
      summary: "Create a batch",
      description:
        `Accepts up to ${MAX_ITEMS.toLocaleString("en")} pages and responds immediately. Once accepted, the batch is ` +
        "guaranteed to complete. Its full price is reserved until then.",
      requestParams: { header: idempotencyKey },
      requestBody: {
        required: true,
        content: { "application/json": { schema: documentedBatchRequest, example: batchRequestExample } },
      },
      responses: {
        200: {
          ...json("The accepted batch.", batchObjectSchema, acceptedExample),
          headers: {
            "Idempotent-Replayed": {
              description:
                "`true` if this is the response to an earlier request with the same Idempotency-Key.",
              schema: { type: "string", enum: ["true"] },
            },
          },
        },
        ...accountProblems(...creationProblems),
      },
    },
    get: {
      operationId: "listBatches",
      tags: ["Batches"],
      summary: "List batches",
      description:
        "Returns the account's batches, newest first. With a filter, one request searches at most 10,000 batches, so a page " +
        "can be shorter than `limit`, or even empty, and still have a `cursor`. The list ends when there is no `cursor`.",
      requestParams: { query: batchesQuery },
      parameters: [
        {
          name: "metadata",
          in: "query",
          style: "deepObject",
          explode: true,
          description:
            "Filters by metadata: `metadata[key]=value`. Repeat it to return only batches that match every pair.",
          schema: metadataFilterSchema,
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
      summary: "List recent batches",
      description: "Returns the account's newest batches, without pagination.",
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
      summary: "Get a batch",
      description:
        "A batch is kept for 365 days after it completes, unless this deployment is configured otherwise.",
      requestParams: { path },
      responses: {
        200: json("The batch.", batchObjectSchema, completedExample),
        ...accountProblems("batch_not_found"),
      },
    },
    patch: {
      operationId: "updateBatch",
      tags: ["Batches"],
      summary: "Update a batch's metadata",
      description:
        "Merges the given metadata: new keys are added, existing keys are overwritten, and keys set to null or an empty " +
        "string are removed. Concurrent updates do not overwrite each other's keys. Nothing else about a batch can be " +
        "changed.",
      requestParams: { path },
      requestBody: {
        required: true,
        content: {
          "application/json": { schema: batchPatch, example: { metadata: { order: "43", note: null } } },
        },
      },
      responses: {
        200: json("The batch with its merged metadata.", batchObjectSchema, {
          ...completedExample,
          metadata: { order: "43" },
        }),
        ...accountProblems("invalid_metadata", ...bodyProblems, "batch_not_found"),
      },
    },
  },
  "/v1/batches/{id}/items": {
    get: {
      operationId: "listItems",
      tags: ["Items"],
      summary: "List a batch's finished items",
      description:
        "Returns items in the order they finished. Following the cursor returns each finished item exactly once, even while " +
        "the batch is running. A page can be shorter than `limit` when its items have many links.",
      requestParams: { path, query: itemsQuery },
      responses: {
        200: json("A page of items.", itemListSchema, itemListExample),
        ...accountProblems("validation_error", "batch_not_found"),
      },
    },
  },
  "/v1/batches/{id}/events": {
    get: {
      operationId: "followBatch",
      tags: ["Batches"],
      summary: "Follow a batch",
      description:
        "Streams server-sent events while the batch runs: `item` for each finished item, in the order they finished, as it is " +
        "listed; `batch` with the batch object, first and whenever its counts change, at most twice a second; and `done` with " +
        "the batch object at the end. To resume without loss or repeats, send the `id` of the last event you have as " +
        "`Last-Event-ID`. Works for a completed batch, too: its items come at once.",
      requestParams: { path, header: eventsHeaders },
      responses: {
        200: {
          description: "The events.",
          content: { "text/event-stream": { schema: { type: "string" }, example: eventStreamExample } },
        },
        204: { description: "`Last-Event-ID` is that of the `done` event: there is nothing more." },
        ...accountProblems("validation_error", "batch_not_found"),
      },
    },
  },
  "/v1/batches/{id}/export": {
    get: {
      operationId: "exportItems",
      tags: ["Items"],
      summary: "Export a batch's items with their content",
      description:
        "Streams finished items in the order they finished, one JSON object per line (NDJSON), with the contents in the " +
        "requested formats. There is no limit on a content's size. A response covers as many items as the platform lets it; " +
        "its `Link` header has the URL of the next one. If a response is cut off, pass the `cursor` of the last whole line " +
        "that you have. Compressed if the request accepts gzip.",
      requestParams: { path, query: exportQuery.pick({ status: true, cursor: true }) },
      parameters: [formatsParameter],
      responses: {
        200: {
          description: "The items.",
          headers: {
            Link: {
              description:
                '`<URL>; rel="next"`: the next part. Absent at the end, and while a batch is running also when no item has ' +
                "finished since the cursor you sent.",
              schema: { type: "string" },
            },
          },
          content: { "application/x-ndjson": { schema: exportLineSchema, example: exportLineExample } },
        },
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
        "Items that have not been rendered yet fail with the code `cancelled` and cost nothing. The batch then completes as " +
        "usual and its webhook is called. Canceling a completed batch changes nothing.",
      requestParams: { path },
      responses: {
        200: json("The batch.", batchObjectSchema, acceptedExample),
        ...accountProblems("batch_not_found"),
      },
    },
  },
  "/v1/batches/{id}/retry": {
    post: {
      operationId: "retryBatch",
      tags: ["Batches"],
      summary: "Retry what failed",
      description:
        "Creates a new batch of the batch's failed items, with the same options. Without a body it takes all of them. The new " +
        "batch has `retry_of`. While the batch is running, only the items that have failed so far are taken.",
      requestParams: { path, header: idempotencyKey },
      requestBody: {
        content: { "application/json": { schema: retryRequest, example: { codes: ["timeout"] } } },
      },
      responses: {
        200: json("The new batch.", batchObjectSchema, { ...acceptedExample, retry_of: acceptedExample.id }),
        ...accountProblems(...creationProblems, "nothing_to_retry", "batch_not_found"),
      },
    },
  },
  "/v1/batches/{id}/webhook_deliveries": {
    get: {
      operationId: "listWebhookDeliveries",
      tags: ["Webhooks"],
      summary: "List a batch's webhook deliveries",
      description: "Returns every attempt to deliver the batch's event, oldest first.",
      requestParams: { path },
      responses: {
        200: json("The delivery attempts.", deliveryListSchema, deliveryListExample),
        ...accountProblems("batch_not_found"),
      },
    },
    post: {
      operationId: "redeliverWebhook",
      tags: ["Webhooks"],
      summary: "Resend a batch's webhook event",
      description:
        "Sends the same event again, with the same ID. The batch must have completed and must have a webhook.",
      requestParams: { path },
      responses: {
        202: json(
          "The delivery attempts so far. The new one is added when it ends.",
          deliveryListSchema,
          deliveryListExample,
        ),
        ...accountProblems("validation_error", "batch_not_found"),
      },
    },
  },
};
