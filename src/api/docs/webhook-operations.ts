/** The requests that Trawl sends to webhooks, as the OpenAPI document describes them. */
import * as z from "zod";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { itemsBodySchema, MAX_ITEMS_PER_EVENT } from "../../batch/items-event.ts";
import { webhookBodySchema } from "../../webhook/payload.ts";
import { itemsBodyExample, webhookBodyExample } from "./batch-examples.ts";

const headers = z.object({
  "webhook-id": z.string().meta({ description: "The event's ID, the same in all attempts." }),
  "webhook-timestamp": z.string().meta({ description: "When the attempt was made, in Unix seconds." }),
  "webhook-signature": z.string().meta({
    description: "`v1,` and the base64 HMAC-SHA256, once for each valid secret, separated by spaces.",
  }),
});

const responses = {
  "2XX": { description: "The receiver has the event." },
  "4XX": { description: "A failed attempt, like any status but 2xx. Redirects are not followed." },
};

const howItIsSent =
  "Signed according to the Standard Webhooks specification (standardwebhooks.com) with the account's secret. Only a 2xx " +
  "status within 30 seconds counts as delivered; otherwise Trawl makes up to 4 more attempts. An event can arrive twice: " +
  "remember the IDs of those you have handled.";

export const webhooks: ZodOpenApiPathsObject = {
  batchCompleted: {
    post: {
      operationId: "batchCompleted",
      tags: ["Webhooks"],
      summary: "A batch has completed",
      description: `Trawl sends this to the batch's \`webhook\`. ${howItIsSent}`,
      security: [],
      requestParams: { header: headers },
      requestBody: {
        required: true,
        content: { "application/json": { schema: webhookBodySchema, example: webhookBodyExample } },
      },
      responses,
    },
  },
  batchItems: {
    post: {
      operationId: "batchItems",
      tags: ["Webhooks"],
      summary: "Items have finished",
      description:
        "Trawl sends this if the batch's `webhook_events` have `item.completed` or `item.failed`: up to " +
        `${MAX_ITEMS_PER_EVENT} items, in the order they finished, and one request at a time. ${howItIsSent}`,
      security: [],
      requestParams: { header: headers },
      requestBody: {
        required: true,
        content: { "application/json": { schema: itemsBodySchema, example: itemsBodyExample } },
      },
      responses,
    },
  },
};
