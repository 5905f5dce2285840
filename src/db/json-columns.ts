/** The shapes of columns that hold JSON. The API's requests and responses are made of the same schemas. */
import * as z from "zod";
import { boundedText } from "../text/bounded-text.ts";

/** Keys and values that a client keeps with a batch or an item. For the rules, see batch/metadata.ts. */
export const metadataSchema = z.record(z.string(), z.string());

export type Metadata = z.output<typeof metadataSchema>;

/** Limits on patterns, so that a batch fits into one row of the database. */
const MAX_PATTERNS = 100;
const MAX_PATTERN_CHARACTERS = 1000;

const patterns = z.array(boundedText(1, MAX_PATTERN_CHARACTERS)).max(MAX_PATTERNS);

/** Which links of a page to keep, with defaults filled in. */
export const linksOnPageSchema = z.object({
  absolute_links: z
    .boolean()
    .meta({ description: "Full URLs if true (the default); as written on the page if false." }),
  include_links: patterns.optional().meta({
    description: "Glob patterns: only links that match one are kept.",
    example: ["/blog/*"],
  }),
  exclude_links: patterns.optional().meta({
    description: "Glob patterns: links that match one are dropped.",
    example: ["*.pdf"],
  }),
  query_to_order_links_by: boundedText(1, MAX_PATTERN_CHARACTERS)
    .optional()
    .meta({ description: "Links that match these words best come first." }),
});

export type LinksOnPage = z.output<typeof linksOnPageSchema>;

/** What a batch's webhook is told: at most once each, and at least one. */
export const webhookEventsSchema = z
  .array(z.enum(["batch.completed", "item.completed", "item.failed"]))
  .min(1)
  .refine((events) => new Set(events).size === events.length, "Must name each event only once.")
  .meta({ uniqueItems: true });

export type WebhookEvents = z.output<typeof webhookEventsSchema>;

/** Whether a webhook with these events is told that its batch has completed. */
export function tellOfCompletion(events: WebhookEvents | null): boolean {
  return events?.includes("batch.completed") ?? true;
}

/** Whether it is told of items. */
export function tellOfItems(events: WebhookEvents | null): boolean {
  return events?.some((event) => event !== "batch.completed") ?? false;
}
