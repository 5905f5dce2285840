/** A password in a webhook's URL is stored, because delivery needs it, but never returned. */
import { expect, it } from "vitest";
import { items, newCaller } from "../api/caller.ts";

const webhook = "https://user:s3cret%21@hooks.example/trawl?a=1";
const masked = "https://user:***@hooks.example/trawl?a=1";

it("masks the webhook's password wherever the batch is returned", async () => {
  const caller = await newCaller();
  const body = JSON.stringify({ items: items(1), webhook });
  const headers = { "Content-Type": "application/json", "Idempotency-Key": "k" };
  const created = await caller.call("POST", "/v1/batches", { body, headers });
  const { id } = created.body;
  const replayed = await caller.call("POST", "/v1/batches", { body, headers });
  const read = await caller.call("GET", `/v1/batches/${id}`);
  const patched = await caller.call("PATCH", `/v1/batches/${id}`, { body: { metadata: { a: "b" } } });
  const listed = await caller.call("GET", "/v1/batches");
  const recent = await caller.call("GET", "/v1/batches/recent");
  const cancelled = await caller.call("POST", `/v1/batches/${id}/cancel`);

  for (const { status, text } of [created, replayed, read, patched, listed, recent, cancelled]) {
    expect(status).toBe(200);
    expect(text).toContain(masked);
    expect(text).not.toContain("s3cret");
  }
  expect(replayed.headers.get("Idempotent-Replayed")).toBe("true");
});

it.each([
  ["https://hooks.example/trawl", "https://hooks.example/trawl"],
  ["https://user@hooks.example", "https://user@hooks.example"],
  ["https://:s3cret@hooks.example/", "https://:***@hooks.example/"],
  ["https:\\\\user:s3cret@hooks.example", "https://user:***@hooks.example/"],
  ["https://user:a@b:s3cret@hooks.example/", "https://user:***@hooks.example/"],
])("shows %s as %s", async (given, shown) => {
  const caller = await newCaller();
  const { status, body } = await caller.call("POST", "/v1/batches", {
    body: { items: items(1), webhook: given },
  });
  expect({ status, webhook: body.webhook }).toEqual({ status: 200, webhook: shown });
});
