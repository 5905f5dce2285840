/** What of a run is not as it should be. */
import { Webhook } from "standardwebhooks";
import * as z from "zod";
import type { WebhookCall } from "../../test/receiver/server.ts";
import type { BatchObject, Item, Retrieved } from "../trawl/client.ts";
import type { DemoPage } from "./pages.ts";

const eventSchema = z.object({
  object: z.literal("event.batch.completed"),
  delivery_attempt: z.string(),
  data: z.object({
    id: z.string(),
    items_total: z.int(),
    items_completed: z.int(),
    items_failed: z.int(),
    created_at: z.iso.datetime(),
    completed_at: z.iso.datetime(),
    credits_consumed: z.int(),
  }),
});

export type CompletionEvent = z.output<typeof eventSchema>;

/** The event in a webhook call, if its signature is good. @throws Error that says what is off */
export function verifiedEvent({ body, headers, json }: WebhookCall, secret: string): CompletionEvent {
  const signed = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  new Webhook(secret).verify(body, signed);
  return eventSchema.parse(json);
}

/** What is off with the sums; one sentence each. */
export function countFaults(batch: BatchObject, items: Item[], { data }: CompletionEvent): string[] {
  const completed = items.filter(({ status }) => status === "completed").length;
  const sums: [what: string, found: number, wanted: number][] = [
    ["items listed", items.length, batch.total_urls],
    ["completed_urls", batch.completed_urls, completed],
    ["failed_urls", batch.failed_urls, items.length - completed],
    ["credits_consumed", batch.credits_consumed ?? 0, completed],
    ["items_total of the webhook", data.items_total, batch.total_urls],
    ["items_completed of the webhook", data.items_completed, completed],
    ["items_failed of the webhook", data.items_failed, items.length - completed],
  ];
  return sums
    .filter(([, found, wanted]) => found !== wanted)
    .map(([what, found, wanted]) => `${what}: ${found}, not ${wanted}.`);
}

/** What is off with a page; one sentence each. */
export function pageFaults(
  { customId, url, finalUrl, expect }: DemoPage,
  item: Item | undefined,
  content: Retrieved | undefined,
): string[] {
  if (!item) return [`${customId} is not among the items.`];
  const facts: [what: string, found: unknown, wanted: unknown][] = [
    ["error", item.error?.code, expect.code],
    ["HTTP status", item.http_status, expect.status ?? item.http_status],
    ["title", item.title, expect.code ? undefined : (expect.title ?? item.title)],
  ];
  if (finalUrl) facts.push(["final URL", item.final_url ?? url, finalUrl]);
  const faults = facts
    .filter(([, found, wanted]) => found !== wanted)
    .map(
      ([what, found, wanted]) => `${customId}: its ${what} is ${found ?? "none"}, not ${wanted ?? "none"}.`,
    );
  return item.status === "failed" ? faults : [...faults, ...contentFaults(customId, expect, content)];
}

function contentFaults(
  customId: string,
  expect: DemoPage["expect"],
  content: Retrieved | undefined,
): string[] {
  const isHtml = (expect.contentType ?? "text/html") === "text/html";
  const wanted = {
    HTML: isHtml ? content?.html_content : "not asked for",
    Markdown: content?.markdown_content,
    text: content?.text_content,
  };
  const missing = Object.entries(wanted).filter(([, text]) => !text);
  const text = squeezed(content?.text_content ?? "");
  const unseen = text === "" ? [] : (expect.text ?? []).filter((words) => !text.includes(squeezed(words)));
  return [
    ...missing.map(([format]) => `${customId} has no ${format}.`),
    ...unseen.map((words) => `${customId} does not show ${JSON.stringify(words)}.`),
  ];
}

function squeezed(text: string): string {
  return text.replace(/\s+/g, " ");
}
