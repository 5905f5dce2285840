/** A batch as the API returns it. */
import * as z from "zod";
import { costUsd } from "../account/credits.ts";
import type { BatchRow } from "../db/batches.ts";
import { linksOnPageSchema, metadataSchema, webhookEventsSchema } from "../db/json-columns.ts";
import { batches } from "../db/schema.ts";

const seconds = z.int().min(0);

export const batchObjectSchema = z
  .object({
    id: z.string().meta({ example: "batch_4fQ8sWc0ZbT1xKd9aLm3Ye" }),
    object: z.literal("batch"),
    status: z.enum(batches.status.enumValues),
    created: seconds.meta({ description: "Unix seconds.", example: 1795500000 }),
    completed_at: seconds
      .nullable()
      .meta({ description: "Unix seconds. Null until the batch has completed." }),
    total_urls: z.int().min(1),
    completed_urls: z.int().min(0).meta({ description: "Pages that succeeded." }),
    failed_urls: z.int().min(0).meta({ description: "Pages that failed." }),
    parser: z.string().meta({ description: "The parser's ID, or `none`." }),
    country: z.string().optional().meta({ description: "In upper case. Absent if none was given." }),
    links_on_page: linksOnPageSchema
      .optional()
      .meta({ description: "With defaults filled in. Absent if links were not requested." }),
    metadata: metadataSchema,
    webhook: z
      .string()
      .optional()
      .meta({ description: "Absent if none was given. A password in the URL is shown as `***`." }),
    webhook_events: webhookEventsSchema
      .optional()
      .meta({ description: "What the webhook is told. Absent if not given." }),
    credits_consumed: z.int().min(0).nullable().meta({ description: "Null until the batch has completed." }),
    cost_usd: z.number().min(0).nullable().meta({ description: "Null until the batch has completed." }),
    number_retried: z.int().min(0).meta({ description: "How many renderings were repeats." }),
    start_date: z
      .string()
      .meta({ description: "The date of creation, UTC.", example: "2026-11-24", format: "date" }),
    batch_parser: z.string().meta({ description: "The same as `parser`." }),
    retry_of: z
      .string()
      .optional()
      .meta({ description: "The batch whose failed items these are. Absent if this is not a retry." }),
    batch_country: z.string().optional().meta({ description: "The same as `country`." }),
  })
  .meta({ id: "Batch" });

export type BatchObject = z.output<typeof batchObjectSchema>;

/** Epoch ms as Unix seconds. */
export function unixSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}

export function batchObject(row: BatchRow): BatchObject {
  const completed = row.status === "completed";
  const credits = completed ? (row.creditsConsumed ?? 0) : null;
  const parser = row.parserId ?? "none";
  const country = row.country ?? undefined;
  return {
    id: row.id,
    object: "batch",
    status: row.status,
    created: unixSeconds(row.createdAt),
    completed_at: row.completedAt === null ? null : unixSeconds(row.completedAt),
    total_urls: row.totalUrls,
    completed_urls: row.completedUrls,
    failed_urls: row.failedUrls,
    parser,
    country,
    links_on_page: row.linksOnPage ?? undefined,
    metadata: row.metadata,
    webhook: row.webhook === null ? undefined : withMaskedPassword(row.webhook),
    webhook_events: row.webhookEvents ?? undefined,
    credits_consumed: credits,
    cost_usd: credits === null ? null : costUsd(credits, row.rateUsd),
    number_retried: row.numberRetried,
    start_date: new Date(row.createdAt).toISOString().slice(0, 10),
    batch_parser: parser,
    batch_country: country,
    retry_of: row.retryOf ?? undefined,
  };
}

/** A valid URL as given, unless it has a password: then normalized, with `***` in its place. */
function withMaskedPassword(url: string): string {
  const parsed = new URL(url);
  if (!parsed.password) return url;
  parsed.password = "***";
  return parsed.href;
}
