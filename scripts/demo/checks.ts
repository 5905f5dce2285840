/** Checks the results of the demo. */
import { Webhook } from "standardwebhooks";
import { type WebhookBody, webhookBodySchema } from "../../src/webhook/payload.ts";
import type { WebhookCall } from "../../test/receiver/server.ts";
import type { BatchObject, Item, Retrieved } from "../trawl/client.ts";
import type { DemoPage } from "./pages.ts";

/**
 * Returns the event of a webhook call.
 *
 * @throws if the signature or the event is invalid
 */
export function verifiedEvent({ body, headers, json }: WebhookCall, secret: string): WebhookBody {
  const signed = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  new Webhook(secret).verify(body, signed);
  return webhookBodySchema.parse(json);
}

/** Describes each count that is wrong. */
export function wrongCounts(batch: BatchObject, items: Item[], { data }: WebhookBody): string[] {
  const completed = items.filter(({ status }) => status === "completed").length;
  const sums: [what: string, found: number, wanted: number][] = [
    ["The number of items", items.length, batch.total_urls],
    ["completed_urls", batch.completed_urls, completed],
    ["failed_urls", batch.failed_urls, items.length - completed],
    ["credits_consumed", batch.credits_consumed ?? 0, completed],
    ["items_total in the webhook", data.items_total, batch.total_urls],
    ["items_completed in the webhook", data.items_completed, completed],
    ["items_failed in the webhook", data.items_failed, items.length - completed],
  ];
  return sums
    .filter(([, found, wanted]) => found !== wanted)
    .map(([what, found, wanted]) => `${what} is ${found}, expected ${wanted}`);
}

/** Describes each difference between a page and what was expected of it. */
export function wrongResults(
  { customId, url, finalUrl, expect }: DemoPage,
  item: Item | undefined,
  content: Retrieved | undefined,
): string[] {
  if (!item) return [`${customId} is missing from the items`];
  const facts: [what: string, found: unknown, wanted: unknown][] = [
    ["error", item.error?.code, expect.code],
    ["HTTP status", item.http_status, expect.status ?? item.http_status],
    ["title", item.title, expect.code ? undefined : (expect.title ?? item.title)],
  ];
  if (finalUrl) facts.push(["final URL", item.final_url ?? url, finalUrl]);
  const wrong = facts
    .filter(([, found, wanted]) => found !== wanted)
    .map(
      ([what, found, wanted]) => `${customId}: ${what} is ${found ?? "none"}, expected ${wanted ?? "none"}`,
    );
  return item.status === "failed" ? wrong : [...wrong, ...wrongContent(customId, expect, content)];
}

function wrongContent(
  customId: string,
  expect: DemoPage["expect"],
  content: Retrieved | undefined,
): string[] {
  const isHtml = (expect.contentType ?? "text/html") === "text/html";
  const wanted = {
    HTML: isHtml ? content?.html_content : "none expected",
    Markdown: content?.markdown_content,
    text: content?.text_content,
  };
  const missing = Object.entries(wanted).filter(([, text]) => !text);
  const text = collapsed(content?.text_content ?? "");
  const unseen = text === "" ? [] : (expect.text ?? []).filter((words) => !text.includes(collapsed(words)));
  return [
    ...missing.map(([format]) => `${customId} has no ${format}`),
    ...unseen.map((words) => `${customId}: text is missing ${JSON.stringify(words)}`),
  ];
}

function collapsed(text: string): string {
  return text.replace(/\s+/g, " ");
}
