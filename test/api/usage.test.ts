/** `GET /v1/usage`. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { type Caller, items, newBatch, newCaller } from "./caller.ts";
import { completed, type Ending, finish } from "./finish-items.ts";

const page: Ending = { parts: { html: "<p>Hello</p>" } };
const failure: Ending = { code: "http_error", message: "The site answered 500." };
const timeout: Ending = { code: "timeout", message: "The page took too long." };

const nothing = { batches: 0, completed: 0, failed: 0, failed_by_code: {}, credits: 0, cost_usd: 0 };

/** A batch that completed on that day. */
async function batchOf(caller: Caller, date: string, endings: Ending[]): Promise<void> {
  const { id } = await newBatch(caller, { items: items(endings.length) });
  await finish(caller.account.id, id, Object.fromEntries(endings.entries()));
  await completed(caller.account.id, id);
  await env.DB.prepare("UPDATE batches SET completed_at = ? WHERE id = ?")
    .bind(Date.parse(`${date}T23:59:59.999Z`), id)
    .run();
}

const usage = async ({ call }: Caller, query = "") => (await call("GET", `/v1/usage${query}`)).body;

describe("usage", async () => {
  const caller = await newCaller({ rateUsd: 0.1 });
  await batchOf(caller, "2026-11-01", [page, failure, timeout]);
  await batchOf(caller, "2026-11-01", [page, page, failure]);
  await batchOf(caller, "2026-11-03", [page]);
  await newBatch(caller, { items: items(2) });
  const first = {
    batches: 2,
    completed: 3,
    failed: 3,
    failed_by_code: { http_error: 2, timeout: 1 },
    credits: 3,
    cost_usd: 0.3,
  };
  const third = { ...nothing, batches: 1, completed: 1, credits: 1, cost_usd: 0.1 };

  it("is shown for each day on which batches completed, and in all", async () => {
    expect(await usage(caller, "?from=2026-11-01&to=2026-11-03")).toEqual({
      object: "usage",
      from: "2026-11-01",
      to: "2026-11-03",
      days: [
        { date: "2026-11-01", ...first },
        { date: "2026-11-03", ...third },
      ],
      total: { ...first, batches: 3, completed: 4, credits: 4, cost_usd: 0.4 },
    });
  });

  it("has both ends of the time it is asked for", async () => {
    expect((await usage(caller, "?from=2026-11-01&to=2026-11-01")).total).toEqual(first);
    expect((await usage(caller, "?from=2026-11-02&to=2026-11-03")).total).toEqual(third);
    expect((await usage(caller, "?from=2026-11-02&to=2026-11-02")).total).toEqual(nothing);
  });

  it("is that of 30 days until today if nothing is asked for", async () => {
    const now = Date.now();
    const date = (ms: number) => new Date(ms).toISOString().slice(0, 10);
    expect(await usage(await newCaller())).toEqual({
      object: "usage",
      from: date(now - 29 * 86_400_000),
      to: date(now),
      days: [],
      total: nothing,
    });
  });

  it("is an account's own", async () => {
    expect((await usage(await newCaller(), "?from=2026-11-01&to=2026-11-03")).total).toEqual(nothing);
  });

  it.each([
    ["?from=2026-02-30", "from: Must be a date such as 2026-11-24, in UTC, given only once."],
    ["?to=yesterday", "to: Must be a date such as 2026-11-24, in UTC, given only once."],
    ["?from=2026-11-01&from=2026-11-02", "from: Must be a date such as 2026-11-24, in UTC, given only once."],
    ["?from=2026-11-03&to=2026-11-01", "from: Must not be after to; got 2026-11-03 and 2026-11-01."],
    [
      "?from=2025-01-01&to=2026-11-01",
      "from: Must be at most 366 days in all, from and to included; got 670.",
    ],
  ])("is refused for %s", async (query, detail) => {
    expect(await usage(caller, query)).toMatchObject({ status: 400, code: "validation_error", detail });
  });
});
