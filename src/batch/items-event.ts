/** The webhook's event about a group of items. */
import * as z from "zod";
import type { BatchRow } from "../db/batches.ts";
import { attemptFields } from "../webhook/payload.ts";
import { type Item, itemSchema } from "./item-object.ts";

export const MAX_ITEMS_PER_EVENT = 100;

const itemsEventSchema = z.object({
  id: z.string().meta({ description: "The same in all attempts.", example: "event_2kX9mPq4RtYv7LnB3cZs5W" }),
  object: z.literal("event.batch.items"),
  data: z.object({
    batch_id: z.string(),
    items: z.array(itemSchema).min(1).max(MAX_ITEMS_PER_EVENT),
  }),
});

export type ItemsEvent = z.output<typeof itemsEventSchema>;

/** The body of a webhook: the event, and what each attempt has of its own. */
export const itemsBodySchema = itemsEventSchema.extend(attemptFields).meta({ id: "BatchItemsEvent" });

export function itemsEvent(id: string, batch: BatchRow, items: Item[]): ItemsEvent {
  return { id, object: "event.batch.items", data: { batch_id: batch.id, items } };
}
