/** `webhook_events`: what a batch's webhook is told. */
import { describe, expect, it } from "vitest";
import { newHook } from "../webhook/hook.ts";
import { items, newBatch, newCaller } from "./caller.ts";
import { completed, type Ending, finish } from "./finish-items.ts";

const caller = await newCaller();
const page: Ending = { parts: { html: "<p>Hello</p>" } };
const all = ["batch.completed", "item.completed", "item.failed"];

it("items are told of in groups of up to 100, in order, and one request at a time", async () => {
  const hook = newHook([{ delayMs: 300 }]);
  const count = 230;
  const { id } = await newBatch(caller, {
    items: items(count),
    webhook: hook.url,
    webhook_events: ["item.completed", "item.failed"],
  });
  const order = Array.from({ length: count }, (_, n) => count - 1 - n);
  const endings = Object.fromEntries(order.map((idx) => [idx, page]));
  await finish(caller.account.id, id, endings, order);
  await completed(caller.account.id, id);
  const told = async () =>
    (await hook.calls()).flatMap(({ json }) =>
      (json as { data: { items: { custom_id: string }[] } }).data.items.map(({ custom_id }) => custom_id),
    );
  await expect.poll(async () => (await told()).length).toBe(count);
  expect(await told()).toEqual(order.map((idx) => `item-${idx}`));
  const calls = await hook.calls();
  for (const [i, { json, at }] of calls.entries()) {
    expect((json as { data: { items: unknown[] } }).data.items.length).toBeLessThanOrEqual(100);
    expect(at).toBeGreaterThanOrEqual(calls[i - 1]?.endedAt ?? 0);
  }
});

describe("webhook_events", () => {
  const webhook = "https://example.com/hook";

  it("are shown with the batch, and kept by a retry", async () => {
    const batch = await newBatch(caller, { items: items(1), webhook, webhook_events: all });
    expect(batch.webhook_events).toEqual(all);
    await finish(caller.account.id, batch.id, { 0: { code: "http_error", message: "500" } });
    const { body } = await caller.call("POST", `/v1/batches/${batch.id}/retry`);
    expect(body.webhook_events).toEqual(all);
    expect(await newBatch(caller, { items: items(1), webhook, webhook_events: null })).not.toHaveProperty(
      "webhook_events",
    );
  });

  it.each([
    [[], "webhook_events"],
    [["item.done"], "webhook_events[0]"],
    [["item.failed", "item.failed"], "webhook_events"],
    ["item.failed", "webhook_events"],
  ])("are refused if they are %j", async (webhook_events, path) => {
    const body = { items: items(1), webhook, webhook_events };
    const { status, body: problem } = await caller.call("POST", "/v1/batches", { body });
    expect(status).toBe(400);
    expect(problem.errors).toMatchObject([{ path }]);
  });

  it("need a webhook", async () => {
    const body = { items: items(1), webhook_events: all };
    expect((await caller.call("POST", "/v1/batches", { body })).body).toMatchObject({
      status: 400,
      detail: "webhook_events: Needs a webhook to tell.",
    });
  });
});
