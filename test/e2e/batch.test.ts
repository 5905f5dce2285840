/** Batches from request to webhook, through the API. */
import { Validator } from "@seriousme/openapi-schema-validator";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTemporaryTrawl, type TemporaryTrawl } from "../../scripts/trawl/temporary-trawl.ts";
import { workerdMemory } from "../../scripts/trawl/workerd-memory.ts";
import { type Receiver, startReceiver } from "../receiver/server.ts";
import { type Site, startSite } from "../site/server.ts";

/** Limit for the growth of workerd's memory, in MiB. About 120 were measured; V8 collects late. */
const maxGrowth = 300;

let site: Site;
let receiver: Receiver;
let trawl: TemporaryTrawl;

beforeAll(async () => {
  [site, receiver] = await Promise.all([startSite(), startReceiver()]);
  trawl = await startTemporaryTrawl("end to end", { vars: { RETRY_DELAY_MS: 100 } });
});

afterAll(async () => {
  await trawl?.stop();
  await Promise.all([site?.close(), receiver?.close()]);
});

const itemsAt = (paths: string[]) => paths.map((path) => ({ custom_id: path, url: site.origin + path }));

test("a batch's pages are rendered and stored, and one signed webhook is sent", async () => {
  const { client } = trawl;
  const paths = [
    "/shop/basket",
    "/shop/pots",
    "/news/missing-story",
    "/fault/flaky/e2e?fail=1&status=503",
    "/data/picture.png",
  ];
  const webhook = `${receiver.origin}/whole-path`;
  const { id } = await client.createBatch({ items: itemsAt(paths), webhook, metadata: { run: "e2e" } });
  const batch = await client.untilCompleted(id, { limitMs: 60_000 });
  expect(batch).toMatchObject({
    total_urls: 5,
    completed_urls: 3,
    failed_urls: 2,
    credits_consumed: 3,
    number_retried: 1,
  });

  const items = await client.items(id);
  expect(Object.fromEntries(items.map((item) => [item.custom_id, item]))).toMatchObject({
    "/shop/basket": { status: "completed", http_status: 200, title: "Your basket – Tin and Clay" },
    "/shop/pots": { status: "completed", final_url: `${site.origin}/shop/teapots` },
    "/news/missing-story": { status: "failed", http_status: 404, error: { code: "http_error" } },
    "/fault/flaky/e2e?fail=1&status=503": { status: "completed", attempts: 2 },
    "/data/picture.png": { status: "failed", error: { code: "unsupported_content_type" } },
  });
  expect(items).toHaveLength(5);

  const basket = items.find(({ custom_id }) => custom_id === "/shop/basket");
  const content = await client.retrieve(basket?.retrieve_id ?? "");
  expect(content.html_content).toContain("Total: 173.50 euros");
  expect(content.markdown_content).toContain("Total: 173.50 euros");
  expect(content.text_content).toContain("Total: 173.50 euros");
  const hosted = await fetch(content.html_hosted_url ?? "");
  expect(await hosted.text()).toBe(content.html_content);

  const call = await receiver.waitFor(({ path }) => path === "/whole-path");
  const headers = Object.fromEntries(
    Object.entries(call.headers).map(([name, value]) => [name, String(value)]),
  );
  expect(new Webhook(trawl.webhookSecret).verify(call.body, headers)).toMatchObject({
    object: "event.batch.completed",
    delivery_attempt: "1/5",
    data: { id, items_total: 5, items_completed: 3, items_failed: 2, metadata: { run: "e2e" } },
  });
  expect(receiver.calls.filter(({ path }) => path === "/whole-path")).toHaveLength(1);
});

test("a batch of 10,000 items is accepted, and accounts for every item after it is cancelled", async () => {
  const { client } = trawl;
  const items = Array.from({ length: 10_000 }, (_, n) => ({
    custom_id: `tiny-${n}`,
    url: `${site.origin}/tiny/${n}`,
  }));
  const { id, total_urls } = await client.createBatch({ items });
  expect(total_urls).toBe(10_000);
  await expect
    .poll(async () => (await client.batch(id)).completed_urls, { timeout: 20_000 })
    .toBeGreaterThan(0);

  await client.cancel(id);
  const batch = await client.untilCompleted(id, { limitMs: 30_000 });
  expect(batch.completed_urls + batch.failed_urls).toBe(10_000);
  expect(batch.credits_consumed).toBe(batch.completed_urls);

  const finished = await client.items(id);
  expect(new Set(finished.map(({ custom_id }) => custom_id)).size).toBe(10_000);
  expect(finished.filter(({ status }) => status === "completed")).toHaveLength(batch.completed_urls);
  const codes = new Set(finished.flatMap(({ error }) => (error ? [error.code] : [])));
  expect([...codes]).toEqual(["cancelled"]);
});

test("a batch of 300 pages completes with exact counts and bounded memory", async () => {
  const { client, worker } = trawl;
  const before = workerdMemory(worker.pid) ?? 0;
  const items = Array.from({ length: 300 }, (_, n) => ({
    custom_id: `tiny-${n}`,
    url: `${site.origin}/tiny/${n}`,
  }));
  const { id } = await client.createBatch({ items });
  const batch = await client.untilCompleted(id, { limitMs: 120_000, everyMs: 250 });
  expect(batch).toMatchObject({ completed_urls: 300, failed_urls: 0, credits_consumed: 300 });
  const listed = await client.items(id);
  expect(listed).toHaveLength(300);
  expect(new Set(listed.map(({ custom_id }) => custom_id)).size).toBe(300);

  expect((workerdMemory(worker.pid) ?? 0) - before).toBeLessThan(maxGrowth);
});

test("the OpenAPI document passes an independent OpenAPI 3.1 validator", async () => {
  const document = await (await fetch(`${trawl.worker.origin}/openapi.json`)).json();
  const validator = new Validator();
  expect(await validator.validate(document as Record<string, unknown>)).toEqual({ valid: true });
  expect(validator.version).toBe("3.1");
});
