/** `/v1/batches/{id}/webhook_deliveries`: listing delivery attempts and resending the event. */
import { Hono } from "hono";
import * as z from "zod";
import { unixSeconds } from "../batch/batch-object.ts";
import { redeliverWebhook } from "../batch/commands.ts";
import { database } from "../db/client.ts";
import { type DeliveryRow, listDeliveries } from "../db/deliveries.ts";
import type { ApiEnv } from "./api-env.ts";
import { Problem } from "./problem.ts";
import { requestedBatch } from "./requested-batch.ts";

const deliverySchema = z
  .object({
    id: z.string(),
    object: z.literal("webhook_delivery"),
    event: z
      .enum(["event.batch.completed", "event.batch.items"])
      .meta({ description: "The event's `object`." }),
    attempt: z.string().meta({ description: "The `delivery_attempt` of the event.", example: "1/5" }),
    started_at: z.int().meta({ description: "Unix seconds." }),
    duration_ms: z.int().min(0),
    delivered: z.boolean().meta({ description: "Whether the receiver responded with a 2xx status in time." }),
    http_status: z.int().nullable().meta({ description: "Null if the receiver did not respond." }),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
  })
  .meta({ id: "WebhookDelivery" });

export const deliveryListSchema = z
  .object({ object: z.literal("list"), batch_id: z.string(), data: z.array(deliverySchema) })
  .meta({ id: "WebhookDeliveryList" });

const deliveries = new Hono<ApiEnv>();

deliveries.get("/:id/webhook_deliveries", async (c) => {
  const batch = await requestedBatch(c, c.req.param("id"));
  const rows = await listDeliveries(database(c.env.DB), c.var.account.id, batch.id);
  return c.json({ object: "list", batch_id: batch.id, data: rows.map(deliveryObject) });
});

deliveries.post("/:id/webhook_deliveries", async (c) => {
  const batch = await requestedBatch(c, c.req.param("id"));
  if (!batch.webhook) throw nothingToSend("The batch has no webhook.");
  if (batch.status !== "completed") {
    throw nothingToSend("The batch has not completed, so there is no event to send yet.");
  }
  await redeliverWebhook(c.env, batch);
  const rows = await listDeliveries(database(c.env.DB), c.var.account.id, batch.id);
  return c.json({ object: "list", batch_id: batch.id, data: rows.map(deliveryObject) }, 202);
});

function nothingToSend(message: string): Problem {
  return new Problem("validation_error", message, {
    errors: [{ path: "id", code: "invalid_state", message }],
  });
}

function deliveryObject(row: DeliveryRow): z.output<typeof deliverySchema> {
  return {
    id: row.id,
    object: "webhook_delivery",
    event: row.event as z.output<typeof deliverySchema>["event"],
    attempt: row.attempt,
    started_at: unixSeconds(row.startedAt),
    duration_ms: row.durationMs,
    delivered: row.delivered,
    http_status: row.httpStatus,
    error: row.errorCode === null ? null : { code: row.errorCode, message: row.errorMessage ?? "" },
  };
}

export { deliveries };
