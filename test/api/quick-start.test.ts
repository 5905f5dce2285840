/**
 * Programs in the style of Olostep's published quick starts, with only the base URL changed: create a batch, wait for it,
 * page through its items, and retrieve each. The whole Worker runs, with its queue and a real browser.
 */
import { exports } from "cloudflare:workers";
import { expect, inject, it } from "vitest";
import * as z from "zod";
import { newCaller } from "./caller.ts";

const site = inject("site");
const { key } = await newCaller();
const headers = { "Content-Type": "application/json", Authorization: `Bearer ${key}` };

const urls = [`${site}/tiny/1`, `${site}/tiny/2`];

async function getJson(path: string, init: RequestInit = {}) {
  const answer = await exports.default.fetch(`https://trawl.test/v1${path}`, { headers, ...init });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** The fields that client libraries read, validated as strictly as they do. */
const created = z.object({
  id: z.string(),
  object: z.literal("batch"),
  status: z.enum(["in_progress", "completed"]),
  created: z.int(),
  total_urls: z.int(),
  completed_urls: z.int(),
  number_retried: z.int(),
  batch_parser: z.string(),
  batch_country: z.string().optional(),
  start_date: z.string(),
});
const info = created.extend({ parser: z.string(), country: z.string().optional() });
const list = z.object({
  id: z.string(),
  batch_id: z.string(),
  object: z.string(),
  status: z.enum(["in_progress", "completed"]),
  items: z.array(z.object({ custom_id: z.string(), retrieve_id: z.string(), url: z.string() })),
  items_count: z.int(),
  cursor: z.int().optional(),
});
const retrieved = z.object({
  html_content: z.string().nullable(),
  markdown_content: z.string().nullable(),
  json_content: z.string().nullable(),
  html_hosted_url: z.url().nullable(),
  markdown_hosted_url: z.url().nullable(),
  json_hosted_url: z.null(),
  size_exceeded: z.boolean(),
});

async function startBatch(): Promise<string> {
  const items = urls.map((url, i) => ({ custom_id: `item-${i + 1}`, url }));
  const batch = await getJson("/batches", { method: "POST", body: JSON.stringify({ items }) });
  return created.parse(batch).id;
}

async function waitUntilCompleted(batchId: string): Promise<void> {
  while (info.parse(await getJson(`/batches/${batchId}`)).status !== "completed") {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

type Items = z.output<typeof list>["items"];

async function retrieveEach(items: Items, formats: string): Promise<void> {
  for (const { retrieve_id, url } of items) {
    const content = retrieved.parse(await getJson(`/retrieve?retrieve_id=${retrieve_id}${formats}`));
    const n = url.at(-1);
    expect(content.html_content).toContain(`<h1>Tiny page ${n}</h1>`);
    expect(content.markdown_content).toContain(`# Tiny page ${n}`);
  }
}

const byName = (items: Items) =>
  items.map(({ custom_id, url }) => [custom_id, url]).sort(([a = ""], [b = ""]) => a.localeCompare(b));
const expected = urls.map((url, i) => [`item-${i + 1}`, url]);

it("a client can page with the limit in every request", async () => {
  const batchId = await startBatch();
  await waitUntilCompleted(batchId);

  const items: Items = [];
  let cursor = 0;
  for (;;) {
    const result = list.parse(await getJson(`/batches/${batchId}/items?cursor=${cursor}&limit=1`));
    expect(result).toMatchObject({ id: batchId, batch_id: batchId, items_count: 2 });
    items.push(...result.items);
    if (result.cursor === undefined) break;
    cursor = result.cursor;
  }
  expect(byName(items)).toEqual(expected);
  await retrieveEach(items, "&formats=markdown&formats=html");
});

it("a client can page with the limit in the first request only", async () => {
  const batchId = await startBatch();
  await waitUntilCompleted(batchId);

  const items: Items = [];
  let query = "limit=1";
  for (;;) {
    const result = list.parse(await getJson(`/batches/${batchId}/items?${query}&status=completed`));
    if (result.items.length === 0) break;
    items.push(...result.items);
    if (result.cursor === undefined) break;
    query = `cursor=${result.cursor}`;
  }
  expect(byName(items)).toEqual(expected);
  await retrieveEach(items, `&formats=${encodeURIComponent('["html", "markdown"]')}`);
});

it("a client can list all items in one request and retrieve all formats", async () => {
  const batchId = await startBatch();
  await waitUntilCompleted(batchId);
  const { items, ...rest } = list.parse(await getJson(`/batches/${batchId}/items`));
  expect(rest).not.toHaveProperty("cursor");
  expect(byName(items)).toEqual(expected);
  await retrieveEach(items, "");
});
