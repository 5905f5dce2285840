/** The webhook's event. */
import * as z from "zod";
import { costUsd } from "../account/credits.ts";
import type { BatchRow } from "../db/batches.ts";
import { metadataSchema } from "../db/json-columns.ts";

/** The event without what each attempt adds to it. */
const completionEventSchema = z.object({
  id: z.string().meta({ description: "The same in all attempts.", example: "event_9mR2vXq7tBz4KcPd1nWs8L" }),
  object: z.literal("event.batch.completed"),
  data: z.object({
    id: z.string(),
    object: z.literal("batch"),
    status: z.literal("completed"),
    items_total: z.int().min(1),
    items_completed: z.int().min(0),
    items_failed: z.int().min(0),
    created_at: z.iso.datetime(),
    completed_at: z.iso.datetime(),
    metadata: metadataSchema,
    credits_consumed: z.int().min(0),
    cost_usd: z.number().min(0),
  }),
});

export type CompletionEvent = z.output<typeof completionEventSchema>;

/** What each attempt adds to an event. */
export const attemptFields = {
  timestamp: z.int().meta({ description: "When the attempt was made, in Unix milliseconds." }),
  delivery_attempt: z.string().meta({ description: "`1/5` to `5/5`.", example: "1/5" }),
};

/** The body of a webhook: the event, and what each attempt has of its own. */
export const webhookBodySchema = completionEventSchema
  .extend(attemptFields)
  .meta({ id: "BatchCompletedEvent" });

export type WebhookBody = z.output<typeof webhookBodySchema>;

/** The one event of a completed batch. @throws Error if the batch has not completed */
export function completionEvent(batch: BatchRow): CompletionEvent {
  const { completedAt, creditsConsumed } = batch;
  if (completedAt === null || creditsConsumed === null)
    throw new Error(`Batch ${batch.id} has not completed.`);
  return {
    id: batch.eventId,
    object: "event.batch.completed",
    data: {
      id: batch.id,
      object: "batch",
      status: "completed",
      items_total: batch.totalUrls,
      items_completed: batch.completedUrls,
      items_failed: batch.failedUrls,
      created_at: new Date(batch.createdAt).toISOString(),
      completed_at: new Date(completedAt).toISOString(),
      metadata: batch.metadata,
      credits_consumed: creditsConsumed,
      cost_usd: costUsd(creditsConsumed, batch.rateUsd),
    },
  };
}

/** Any event that a webhook is sent. */
export interface WebhookEvent {
  /** The same in all attempts. */
  id: string;
  object: string;
  data: object;
}

/** The body of one attempt, as JSON. */
export function attemptBody({ id, object, data }: WebhookEvent, attempt: string, sentAt: number): string {
  return JSON.stringify({ id, object, timestamp: sentAt, delivery_attempt: attempt, data });
}
