/** Credits and grants: what an account may do, and what that costs. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { batchTracker } from "../../src/batch/tracker.ts";
import { type Account, findAccountByName } from "../../src/db/accounts.ts";
import { database } from "../../src/db/client.ts";
import { claimFrom, reportTo } from "../batch/exchange.ts";
import { type Caller, items, newBatch, newCaller } from "./caller.ts";
import { completed, type Ending, finish } from "./finish-items.ts";

const page: Ending = { parts: { html: "<p>Hello</p>" } };
const failure: Ending = { code: "http_error", message: "The site answered 500." };

async function credits({ account }: Caller): Promise<{ used?: number; reserved?: number }> {
  const row = await findAccountByName(database(env.DB), account.name);
  return { used: row?.creditsUsed, reserved: row?.creditsReserved };
}

const post = (caller: Caller, count: number, more: object = {}) =>
  caller.call("POST", "/v1/batches", { body: { items: items(count), ...more } });

async function endAll(caller: Caller, batchId: string, endings: Ending[]): Promise<void> {
  await finish(caller.account.id, batchId, Object.fromEntries(endings.entries()));
  await completed(caller.account.id, batchId);
}

describe("credits", () => {
  it("are reserved at acceptance, settled at completion, and released for failed pages", async () => {
    const caller = await newCaller({ creditLimit: 10, rateUsd: 0.1 });
    const { id } = await newBatch(caller, { items: items(3) });
    expect(await credits(caller)).toEqual({ used: 0, reserved: 3 });
    await endAll(caller, id, [page, failure, page]);
    expect(await credits(caller)).toEqual({ used: 2, reserved: 0 });
    const { body } = await caller.call("GET", `/v1/batches/${id}`);
    expect(body).toMatchObject({ credits_consumed: 2, cost_usd: 0.2 });
  });

  it("are shown only once the batch has completed", async () => {
    const caller = await newCaller();
    const { id } = await newBatch(caller, { items: items(2) });
    await finish(caller.account.id, id, { 0: page });
    const { body } = await caller.call("GET", `/v1/batches/${id}`);
    expect(body).toMatchObject({ completed_urls: 1, credits_consumed: null, cost_usd: null });
  });

  it("are all released when every page of a batch fails", async () => {
    const caller = await newCaller({ creditLimit: 2 });
    const { id } = await newBatch(caller, { items: items(2) });
    await endAll(caller, id, [failure, failure]);
    expect(await credits(caller)).toEqual({ used: 0, reserved: 0 });
    expect((await post(caller, 2)).status).toBe(200);
  });

  it("are released when a batch is canceled, except for the pages that were rendered", async () => {
    const caller = await newCaller({ creditLimit: 5 });
    const { id } = await newBatch(caller, { items: items(5) });
    const tracker = batchTracker(env, id);
    await expect.poll(async () => (await claimFrom(tracker, 1))?.assignments).toHaveLength(1);
    await caller.call("POST", `/v1/batches/${id}/cancel`);
    await reportTo(tracker, [{ idx: 0, rendering: 1, outcome: { kind: "rendered", httpStatus: 200 } }]);
    await completed(caller.account.id, id);
    expect(await credits(caller)).toEqual({ used: 1, reserved: 0 });
  });

  it("can be spent down to zero, but not below", async () => {
    const caller = await newCaller({ creditLimit: 5 });
    expect((await post(caller, 5)).status).toBe(200);
    const { status, body } = await post(caller, 1);
    expect(status).toBe(402);
    expect(body).toMatchObject({
      code: "credits_exhausted",
      title: "Payment Required",
      usage_limit_reached: true,
      detail: "The batch can cost up to 1 credits; the account has 0 available.",
    });
    expect(body.message).toBe(body.detail);
    expect(await credits(caller)).toEqual({ used: 0, reserved: 5 });
  });

  it("count against the limit once used", async () => {
    const caller = await newCaller({ creditLimit: 3 });
    const { id } = await newBatch(caller, { items: items(2) });
    await endAll(caller, id, [page, page]);
    expect((await post(caller, 2)).status).toBe(402);
    expect((await post(caller, 1)).status).toBe(200);
  });

  it("cannot be spent twice by concurrent batches", async () => {
    const caller = await newCaller({ creditLimit: 7 });
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(caller, 2)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    expect(answers.filter(({ status }) => status === 402)).toHaveLength(7);
    expect(await credits(caller)).toEqual({ used: 0, reserved: 6 });
  });

  it("are unlimited by default", async () => {
    const caller = await newCaller();
    expect(caller.account.creditLimit).toBeNull();
    expect((await post(caller, 10_000)).status).toBe(200);
    expect(await credits(caller)).toEqual({ used: 0, reserved: 10_000 });
  });

  it("buy nothing with a limit of zero", async () => {
    expect((await post(await newCaller({ creditLimit: 0 }), 1)).status).toBe(402);
  });

  it("stay reserved when the tracker could not be started, and are settled once it was", async () => {
    const caller = await newCaller({ creditLimit: 4 });
    const away = {
      idFromName: (name: string) => name,
      get: () => ({ start: () => Promise.reject(new Error("The tracker is away.")) }),
    } as unknown as typeof env.BATCH_TRACKER;
    const request = { body: { items: items(3) } };
    const created = await caller.call("POST", "/v1/batches", { ...request, env: { BATCH_TRACKER: away } });
    expect(created.status).toBe(200);
    expect(await credits(caller)).toEqual({ used: 0, reserved: 3 });

    const batch = created.body;
    await batchTracker(env, batch.id).start(batch.id);
    await endAll(caller, batch.id, [page, failure, page]);
    expect(await credits(caller)).toEqual({ used: 2, reserved: 0 });
  });

  it("are settled once, even if completion is repeated", async () => {
    const caller = await newCaller();
    const { id } = await newBatch(caller, { items: items(2) });
    await endAll(caller, id, [page, page]);
    await batchTracker(env, id).start(id);
    await caller.call("POST", `/v1/batches/${id}/cancel`);
    expect(await credits(caller)).toEqual({ used: 2, reserved: 0 });
  });

  it("are priced at the account's rate when the batch was accepted", async () => {
    const caller = await newCaller({ rateUsd: 0.002 });
    const { id } = await newBatch(caller);
    await env.DB.prepare("UPDATE accounts SET rate_usd = 5 WHERE id = ?").bind(caller.account.id).run();
    await endAll(caller, id, [page]);
    expect((await caller.call("GET", `/v1/batches/${id}`)).body.cost_usd).toBe(0.002);
  });

  const costs: [rate: number, pages: number, cost: number][] = [
    [0.1, 3, 0.3],
    [0.001, 7, 0.007],
    [0, 2, 0],
    [0.0000000001, 1, 0.0000000001],
  ];
  it.each(costs)("at %d dollars each make %i pages cost %d", async (rateUsd, pages, cost) => {
    const caller = await newCaller({ rateUsd });
    const { id } = await newBatch(caller, { items: items(pages) });
    await endAll(caller, id, Array(pages).fill(page));
    expect((await caller.call("GET", `/v1/batches/${id}`)).body.cost_usd).toBe(cost);
  });
});

describe("grants", () => {
  const refused: [what: string, terms: Partial<Account>, count: number, more: object, says: RegExp][] = [
    ["more items than the account allows", { maxBatchItems: 2 }, 3, {}, /at most 2 items per batch; got 3/],
    [
      "a country that is not granted",
      { grantedCountries: ["DE", "FR"] },
      1,
      { country: "us" },
      /country US is not granted/,
    ],
    ["any country when none is granted", { grantedCountries: [] }, 1, { country: "DE" }, /DE is not granted/],
    ["RANDOM when no country is granted", { grantedCountries: [] }, 1, { country: "RANDOM" }, /No country/],
  ];
  it.each(refused)("refuse %s", async (_what, terms, count, more, says) => {
    const caller = await newCaller(terms);
    const { status, body } = await post(caller, count, more);
    expect(status).toBe(403);
    expect(body).toMatchObject({ code: "access_denied", title: "Forbidden" });
    expect(body.detail).toMatch(says);
    expect(await credits(caller)).toEqual({ used: 0, reserved: 0 });
  });

  const allowed: [what: string, terms: Partial<Account>, count: number, more: object][] = [
    ["as many items as the account allows", { maxBatchItems: 2 }, 2, {}],
    ["a granted country", { grantedCountries: ["DE", "FR"] }, 1, { country: "fr" }],
    ["no country, whatever is granted", { grantedCountries: [] }, 1, {}],
    ["every country by default", {}, 1, { country: "AQ" }],
  ];
  it.each(allowed)("allow %s", async (_what, terms, count, more) => {
    expect((await post(await newCaller(terms), count, more)).status).toBe(200);
  });

  it("limit the countries that RANDOM picks from", async () => {
    const caller = await newCaller({ grantedCountries: ["JP"] });
    const { id } = await newBatch(caller, { items: items(1), country: "random" });
    const row = await env.DB.prepare("SELECT country, render_country FROM batches WHERE id = ?")
      .bind(id)
      .first();
    expect(row).toEqual({ country: "RANDOM", render_country: "JP" });
  });

  it("report an unknown parser in the words that client libraries look for", async () => {
    const { status, body } = await post(await newCaller(), 1, {
      parser: { id: "@nobody/none", version: "3" },
    });
    expect({ status, code: body.code }).toEqual({ status: 400, code: "parser_not_found" });
    expect(body.message).toMatch(
      /No parser with this name and\/or version found: "@nobody\/none" in version 3/,
    );
  });
});
