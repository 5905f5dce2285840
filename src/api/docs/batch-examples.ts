/** The example of the reference: one batch with its items, content, and webhook deliveries. */
import type * as z from "zod";
import type { BatchObject } from "../../batch/batch-object.ts";
import type { itemsBodySchema } from "../../batch/items-event.ts";
import type { WebhookBody } from "../../webhook/payload.ts";
import type { exportLineSchema } from "../export.ts";
import type { itemListSchema } from "../items.ts";
import type { retrievedSchema } from "../retrieve.ts";
import type { deliveryListSchema } from "../webhook-deliveries.ts";
import { exampleOrigin } from "./responses.ts";

const id = "batch_4fQ8sWc0ZbT1xKd9aLm3Ye";
const retrieveId = "4fQ8sWc0ZbT1xKd9aLm3Ye_0";

export const batchRequestExample = {
  items: [
    { custom_id: "home", url: "https://example.com/" },
    { custom_id: "docs", url: "https://example.com/docs", metadata: { section: "docs" } },
  ],
  links_on_page: { include_links: ["/docs/**"] },
  metadata: { order: "42" },
  webhook: "https://example.com/hook",
};

export const acceptedExample: BatchObject = {
  id,
  object: "batch",
  status: "in_progress",
  created: 1795500000,
  completed_at: null,
  total_urls: 2,
  completed_urls: 0,
  failed_urls: 0,
  parser: "none",
  links_on_page: { absolute_links: true, include_links: ["/docs/**"] },
  metadata: { order: "42" },
  webhook: "https://example.com/hook",
  credits_consumed: null,
  cost_usd: null,
  number_retried: 0,
  start_date: "2026-11-24",
  batch_parser: "none",
};

export const completedExample: BatchObject = {
  ...acceptedExample,
  status: "completed",
  completed_at: 1795500004,
  completed_urls: 1,
  failed_urls: 1,
  credits_consumed: 1,
  cost_usd: 0.001,
  number_retried: 2,
};

export const itemListExample: z.output<typeof itemListSchema> = {
  object: "list",
  batch_id: id,
  id,
  status: "completed",
  items: [
    {
      custom_id: "home",
      retrieve_id: retrieveId,
      url: "https://example.com/",
      status: "completed",
      links_on_page: ["https://example.com/docs/start"],
      http_status: 200,
      title: "Example",
      attempts: 1,
      finished_at: 1795500002,
    },
    {
      custom_id: "docs",
      retrieve_id: null,
      url: "https://example.com/docs",
      status: "failed",
      metadata: { section: "docs" },
      error: { code: "http_error", message: "The server answered with HTTP status 503." },
      http_status: 503,
      attempts: 3,
      finished_at: 1795500004,
    },
  ],
  items_count: 2,
};

const hosted = (format: string) =>
  `${exampleOrigin}/hosted/${retrieveId}/${format}?account=acct_…&expires=1796104802&signature=…`;

export const retrievedExample: z.output<typeof retrievedSchema> = {
  retrieve_id: retrieveId,
  url: "https://example.com/",
  custom_id: "home",
  batch_id: id,
  html_content: "<!DOCTYPE html><html>…</html>",
  markdown_content: "# Example\n\n[Docs](https://example.com/docs/start)\n",
  json_content: null,
  text_content: null,
  html_hosted_url: hosted("html"),
  markdown_hosted_url: hosted("markdown"),
  json_hosted_url: null,
  text_hosted_url: null,
  size_exceeded: false,
};

export const eventStreamExample = `event: batch
data: {"id":"${id}","object":"batch","status":"in_progress",…}

id: 1
event: item
data: {"custom_id":"home","status":"completed",…}

id: done
event: done
data: {"id":"${id}","object":"batch","status":"completed",…}
`;

export const exportLineExample: z.output<typeof exportLineSchema> = {
  custom_id: "home",
  retrieve_id: retrieveId,
  url: "https://example.com/",
  status: "completed",
  http_status: 200,
  title: "Example",
  attempts: 1,
  finished_at: 1795500002,
  cursor: 1,
  markdown_content: "# Example\n\n[Docs](https://example.com/docs/start)\n",
};

export const deliveryListExample: z.output<typeof deliveryListSchema> = {
  object: "list",
  batch_id: id,
  data: [
    {
      id: "delivery_7yN3pQ1vKz8dHs5mTb0cWf",
      object: "webhook_delivery",
      event: "event.batch.completed",
      attempt: "1/5",
      started_at: 1795500004,
      duration_ms: 87,
      delivered: true,
      http_status: 204,
      error: null,
    },
  ],
};

export const webhookBodyExample: WebhookBody = {
  id: "event_9mR2vXq7tBz4KcPd1nWs8L",
  object: "event.batch.completed",
  timestamp: 1795500004321,
  delivery_attempt: "1/5",
  data: {
    id,
    object: "batch",
    status: "completed",
    items_total: 2,
    items_completed: 1,
    items_failed: 1,
    created_at: "2026-11-24T06:00:00.000Z",
    completed_at: "2026-11-24T06:00:04.210Z",
    metadata: { order: "42" },
    credits_consumed: 1,
    cost_usd: 0.001,
  },
};

export const itemsBodyExample: z.output<typeof itemsBodySchema> = {
  id: "event_2kX9mPq4RtYv7LnB3cZs5W",
  object: "event.batch.items",
  timestamp: 1795500003000,
  delivery_attempt: "1/5",
  data: { batch_id: id, items: itemListExample.items },
};
