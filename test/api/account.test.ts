/** `GET /v1/account`. */
import { expect, it } from "vitest";
import { items, newBatch, newCaller } from "./caller.ts";
import { completed, type Ending, finish } from "./finish-items.ts";

const page: Ending = { parts: { html: "<p>Hello</p>" } };

it("an account shows its credits, grants and limits", async () => {
  const caller = await newCaller({
    creditLimit: 10,
    rateUsd: 0.5,
    maxBatchItems: 20,
    grantedParsers: ["@trawl/article"],
    grantedCountries: ["DE"],
  });
  const { id } = await newBatch(caller, { items: items(2) });
  await finish(caller.account.id, id, { 0: page, 1: page });
  await completed(caller.account.id, id);
  await newBatch(caller, { items: items(3) });
  const { status, body } = await caller.call("GET", "/v1/account");
  expect(status).toBe(200);
  expect(body).toEqual({
    object: "account",
    id: caller.account.id,
    name: caller.account.name,
    created: Math.floor(caller.account.createdAt / 1000),
    credits: { limit: 10, used: 2, reserved: 3, left: 5 },
    rate_usd: 0.5,
    grants: { parsers: ["@trawl/article"], countries: ["DE"] },
    limits: {
      items_per_batch: 20,
      running_batches: { used: 1, limit: 1000 },
      stored_items: { used: 5, limit: 10_000_000 },
    },
  });
});

it("an account without limits shows none", async () => {
  const { call } = await newCaller();
  const { body } = await call("GET", "/v1/account");
  expect(body).toMatchObject({
    credits: { limit: null, used: 0, reserved: 0, left: null },
    grants: { parsers: null, countries: null },
    limits: { items_per_batch: 10_000, running_batches: { used: 0 }, stored_items: { used: 0 } },
  });
});
