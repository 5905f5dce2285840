/** The body of a webhook. */
import { costUsd } from "../account/credits.ts";
import type { batches } from "../db/schema.ts";

/** The event without what each attempt has of its own. */
export interface CompletionEvent {
  id: string;
  object: "event.batch.completed";
  data: {
    id: string;
    object: "batch";
    status: "completed";
    items_total: number;
    items_completed: number;
    items_failed: number;
    /** ISO 8601, UTC. */
    created_at: string;
    completed_at: string;
    metadata: Record<string, string>;
    credits_consumed: number;
    cost_usd: number;
  };
}

/** The one event of a completed batch. @throws Error if the batch has not completed */
export function completionEvent(batch: typeof batches.$inferSelect): CompletionEvent {
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

/** The body of one attempt, as JSON. `sentAt` in epoch ms; `attempt` like `1/5`. */
export function attemptBody({ id, object, data }: CompletionEvent, attempt: string, sentAt: number): string {
  return JSON.stringify({ id, object, timestamp: sentAt, delivery_attempt: attempt, data });
}
