/** `POST /v1/batches/{id}/retry`. */
import { describe, expect, it } from "vitest";
import { type CallOptions, items, newBatch, newCaller } from "./caller.ts";
import { completed, type Ending, finish } from "./finish-items.ts";

const caller = await newCaller();
const page: Ending = { parts: { html: "<p>Hello</p>" } };
const failure: Ending = { code: "http_error", message: "The site answered 500." };
const timeout: Ending = { code: "timeout", message: "The page took too long." };

/** Item 0 succeeded, 1 and 3 failed with `http_error`, and 2 with `timeout`. */
async function batchWithFailures(request: object = {}): Promise<string> {
  const { id } = await newBatch(caller, { items: items(4), ...request });
  await finish(caller.account.id, id, { 0: page, 1: failure, 2: timeout, 3: failure });
  await completed(caller.account.id, id);
  return id;
}

const retry = (id: string, body?: unknown, options: CallOptions = {}) =>
  caller.call("POST", `/v1/batches/${id}/retry`, { body, ...options });

/** The ids of a batch's items. It is cancelled to list them. */
async function idsOf(batch: string): Promise<string[]> {
  await caller.call("POST", `/v1/batches/${batch}/cancel`);
  await completed(caller.account.id, batch);
  const { body } = await caller.call("GET", `/v1/batches/${batch}/items`);
  return body.items.map(({ custom_id }: { custom_id: string }) => custom_id).sort();
}

describe("a retry", async () => {
  const id = await batchWithFailures();

  it("is a new batch of all items that failed, with the same options", async () => {
    const options = {
      country: "DE",
      links_on_page: { include_links: ["/blog/*"] },
      parser: { id: "@trawl/metadata" },
      metadata: { order: "7" },
      webhook: "https://user:secret@example.com/hook",
    };
    const asked = items(4).map((item, n) => ({ ...item, metadata: { n } }));
    const original = await batchWithFailures({ items: asked, ...options });
    const { status, body } = await retry(original);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      object: "batch",
      status: "in_progress",
      total_urls: 3,
      retry_of: original,
      country: "DE",
      links_on_page: { absolute_links: true, include_links: ["/blog/*"] },
      parser: "@trawl/metadata",
      metadata: { order: "7" },
      webhook: "https://user:***@example.com/hook",
    });
    expect(body.id).not.toBe(original);
    expect(await idsOf(body.id)).toEqual(["item-1", "item-2", "item-3"]);
    const { body: list } = await caller.call("GET", `/v1/batches/${body.id}/items?limit=1`);
    expect(list.items[0].metadata).toEqual({ n: list.items[0].custom_id.slice("item-".length) });
    expect((await caller.call("GET", `/v1/batches/${original}`)).body).not.toHaveProperty("retry_of");
  });

  it.each([
    [{ codes: ["http_error"] }, ["item-1", "item-3"]],
    [{ codes: ["timeout", "cancelled"] }, ["item-2"]],
    [{ custom_ids: ["item-3", "item-2"] }, ["item-2", "item-3"]],
    [{ codes: ["http_error"], custom_ids: ["item-3", "item-2"] }, ["item-3"]],
    [{ codes: null, custom_ids: null }, ["item-1", "item-2", "item-3"]],
  ])("takes only what is asked for: %j", async (body, expected) => {
    expect(await idsOf((await retry(id, body)).body.id)).toEqual(expected);
  });

  it.each([
    [{ codes: ["cancelled"] }, "No failed item of this batch matches."],
    [{ codes: ["timeout"], custom_ids: ["item-1"] }, "No failed item of this batch matches."],
  ])("is refused if nothing is left: %j", async (body, detail) => {
    expect((await retry(id, body)).body).toMatchObject({ status: 400, code: "nothing_to_retry", detail });
  });

  it("is refused if nothing has failed", async () => {
    const { id: running } = await newBatch(caller);
    expect((await retry(running)).body).toMatchObject({
      code: "nothing_to_retry",
      detail: "No item of this batch has failed.",
    });
  });

  it.each([
    [{ codes: [] }, "codes"],
    [{ codes: ["nonsense"] }, "codes[0]"],
    [{ codes: "timeout" }, "codes"],
    [{ custom_ids: [7] }, "custom_ids[0]"],
    [{ custom_ids: ["item-1", "item-0"] }, "custom_ids[1]"],
  ])("is refused with a wrong body: %j", async (body, path) => {
    const { body: problem } = await retry(id, body);
    expect(problem).toMatchObject({ status: 400, code: "validation_error", errors: [{ path }] });
  });

  it("names every id that has not failed", async () => {
    const { body } = await retry(id, { custom_ids: ["item-1", "item-0", "none"] });
    expect(body.errors).toMatchObject([
      { message: 'No item with the custom_id "item-0" has failed in this batch.' },
      { path: "custom_ids[2]" },
    ]);
    const many = await retry(id, { custom_ids: Array.from({ length: 250 }, (_, n) => `none-${n}`) });
    expect(many.body.errors).toHaveLength(100);
    expect(many.body.metadata).toEqual({ total_errors: 250 });
  });

  it("happens once for one Idempotency-Key", async () => {
    const headers = { "Idempotency-Key": crypto.randomUUID() };
    const [first, second] = [await retry(id, {}, { headers }), await retry(id, {}, { headers })];
    expect(second.text).toBe(first.text);
    expect(second.headers.get("Idempotent-Replayed")).toBe("true");
    const other = await batchWithFailures();
    expect((await retry(other, {}, { headers })).body).toMatchObject({ code: "idempotency_key_reuse" });
  });

  it("needs credits, and the batch has to be the account's own", async () => {
    const poor = await newCaller({ creditLimit: 3 });
    const { id: own } = await newBatch(poor, { items: items(3) });
    await finish(poor.account.id, own, { 0: page, 1: page, 2: failure });
    await completed(poor.account.id, own);
    expect((await poor.call("POST", `/v1/batches/${own}/retry`)).status).toBe(200);
    expect((await poor.call("POST", `/v1/batches/${own}/retry`)).body.code).toBe("credits_exhausted");
    expect((await poor.call("POST", `/v1/batches/${id}/retry`)).body.code).toBe("batch_not_found");
  });
});
