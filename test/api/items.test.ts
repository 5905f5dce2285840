/** `GET /v1/batches/{id}/items`. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { type Caller, items, newBatch, newCaller } from "./caller.ts";
import { completed, type Ending, finish } from "./finish-items.ts";

const caller = await newCaller();
const page: Ending = { parts: { html: "<p>Hello</p>" } };
const failure: Ending = { code: "http_error", message: "The site answered 500." };

interface Listed {
  custom_id: string;
}

async function list(batch: string, query = "", by: Caller = caller) {
  const { status, body } = await by.call("GET", `/v1/batches/${batch}/items${query}`);
  return { status, body, ids: (body.items as Listed[] | undefined)?.map(({ custom_id }) => custom_id) };
}

/** Follows the cursor to the last page. */
async function walk(batch: string, query: Record<string, string>): Promise<string[]> {
  const seen: string[] = [];
  let cursor: number | undefined;
  do {
    const parameters = new URLSearchParams({
      ...query,
      ...(cursor === undefined ? {} : { cursor: String(cursor) }),
    });
    const { body, ids } = await list(batch, `?${parameters}`);
    seen.push(...(ids ?? []));
    cursor = body.cursor;
  } while (cursor !== undefined);
  return seen;
}

describe("the items of a completed batch", async () => {
  const order = [4, 0, 6, 2, 5, 1, 3];
  const failed = [6, 1];
  const asked = items(7).map((item, i) => ({ ...item, ...(i === 0 ? { metadata: { n: 0 } } : {}) }));
  const { id } = await newBatch(caller, { items: asked });
  const endings = Object.fromEntries(order.map((idx) => [idx, failed.includes(idx) ? failure : page]));
  await finish(caller.account.id, id, endings, order);
  await completed(caller.account.id, id);
  const finished = order.map((idx) => `item-${idx}`);
  const onlyFailed = failed.map((idx) => `item-${idx}`);
  const onlyCompleted = finished.filter((name) => !onlyFailed.includes(name));

  it("are listed in the order they finished", async () => {
    const { body, ids } = await list(id);
    expect(ids).toEqual(finished);
    expect(body).toMatchObject({ object: "list", batch_id: id, id, status: "completed", items_count: 7 });
    expect(body).not.toHaveProperty("cursor");
  });

  it("show the content of a page that succeeded", async () => {
    const { body } = await list(id);
    expect(body.items[1]).toEqual({
      custom_id: "item-0",
      retrieve_id: expect.stringMatching(/^[0-9A-Za-z]+_0$/),
      url: "https://example.com/0",
      status: "completed",
      metadata: { n: "0" },
      http_status: 200,
      title: "Page 0",
      attempts: 1,
      finished_at: expect.any(Number),
    });
  });

  it("show the error of a page that failed", async () => {
    const { body } = await list(id, "?status=failed");
    expect(body.items[0]).toEqual({
      custom_id: "item-6",
      retrieve_id: null,
      url: "https://example.com/6",
      status: "failed",
      error: failure,
      http_status: 500,
      attempts: 1,
      finished_at: expect.any(Number),
    });
  });

  it("show no title once the content is gone", async () => {
    const { id } = await newBatch(caller, { items: items(1) });
    await finish(caller.account.id, id, { 0: page });
    expect((await list(id)).body.items[0].title).toBe("Page 0");
    await env.DB.prepare("UPDATE batches SET content_removed_at = 1 WHERE id = ?").bind(id).run();
    expect((await list(id)).body.items[0]).not.toHaveProperty("title");
  });

  it("show the warnings of a page that has any", async () => {
    const { id } = await newBatch(caller, { items: items(2) });
    await finish(caller.account.id, id, { 0: { ...page, warnings: ["nearly_empty"] }, 1: page });
    const { body } = await list(id);
    expect(body.items[0]).toHaveProperty("warnings", ["nearly_empty"]);
    expect(body.items[1]).not.toHaveProperty("warnings");
  });

  const filters: [query: string, ids: string[], count: number][] = [
    ["?status=completed", onlyCompleted, 5],
    ["?status=failed", onlyFailed, 2],
    ["?limit=1000", finished, 7],
    ["?limit=7", finished, 7],
    ["?limit=2", finished.slice(0, 2), 7],
    ["?cursor=2", finished.slice(2), 7],
    ["?cursor=0", finished, 7],
    ["?cursor=2&limit=3", finished.slice(2, 5), 7],
    ["?status=completed&limit=2", onlyCompleted.slice(0, 2), 5],
    ["?cursor=7", [], 7],
    ["?cursor=9007199254740991", [], 7],
    ["?unknown=1", finished, 7],
  ];
  it.each(filters)("are filtered and paged by %s", async (query, ids, count) => {
    const answer = await list(id, query);
    expect(answer.ids).toEqual(ids);
    expect(answer.body.items_count).toBe(count);
  });

  it.each(["1", "2", "3", "6", "7", "8"])("can be paged through %s at a time", async (limit) => {
    expect(await walk(id, { limit })).toEqual(finished);
    expect(await walk(id, { limit, status: "failed" })).toEqual(onlyFailed);
    expect(await walk(id, { limit, status: "completed" })).toEqual(onlyCompleted);
  });

  it("have no cursor on the last page, even if it is full", async () => {
    expect((await list(id, "?limit=7")).body).not.toHaveProperty("cursor");
    expect((await list(id, "?limit=2&status=failed")).body).not.toHaveProperty("cursor");
  });

  const refused = [
    "limit=0",
    "limit=1001",
    "limit=-1",
    "limit=1.5",
    "limit=1e2",
    "limit=0x10",
    "limit=",
    "limit=abc",
    "limit=%201",
    "limit=1&limit=2",
    "cursor=-1",
    "cursor=abc",
    "cursor=",
    "cursor=1.5",
    "cursor=9007199254740992",
    "cursor=1&cursor=2",
    "status=pending",
    "status=",
    "status=completed,failed",
    "status=completed&status=failed",
  ];
  it.each(refused)("cannot be queried with %s", async (query) => {
    const { status, body } = await list(id, `?${query}`);
    expect({ status, code: body.code }).toEqual({ status: 400, code: "validation_error" });
    expect(body.errors[0].path).toBe(query.split("=")[0]);
  });
});

it("a batch that has just started has no finished items", async () => {
  const { id } = await newBatch(caller, { items: items(3) });
  const { body } = await list(id);
  expect(body).toMatchObject({ status: "in_progress", items: [], items_count: 0 });
  expect(body).not.toHaveProperty("cursor");
});

it("a page has 50 items by default", async () => {
  const { id } = await newBatch(caller, { items: items(60) });
  await finish(caller.account.id, id, Object.fromEntries(items(60).map((_, idx) => [idx, failure])));
  const { body, ids } = await list(id);
  expect(ids).toHaveLength(50);
  expect(body.cursor).toEqual(expect.any(Number));
  expect((await list(id, `?cursor=${body.cursor}`)).ids).toHaveLength(10);
});

describe("a running batch", () => {
  const order = [[7, 1, 4], [0], [11, 10, 2, 3], [5, 6, 8, 9]];
  const names = order.flat().map((idx) => `item-${idx}`);

  /** Polls with the latest cursor until the last page of the completed batch. */
  async function stream(batch: string, query: string, between: () => Promise<void>): Promise<string[]> {
    const seen: string[] = [];
    let cursor = "";
    for (;;) {
      const { body, ids = [] } = await list(batch, `?${query}${cursor && `&cursor=${cursor}`}`);
      seen.push(...ids);
      if (body.cursor !== undefined) cursor = String(body.cursor);
      else if (body.status === "completed") return seen;
      else await between();
    }
  }

  it.each(["limit=2", "limit=50", "limit=2&status=completed"])(
    "shows each item once to a client that pages while items finish: %s",
    async (query) => {
      const { id } = await newBatch(caller, { items: items(12) });
      const waves = [...order];
      const seen = await stream(id, query, async () => {
        const next = waves.shift();
        if (!next) return completed(caller.account.id, id);
        await finish(caller.account.id, id, Object.fromEntries(next.map((idx) => [idx, page])), next);
      });
      expect(seen).toEqual(names);
    },
  );

  it("ends the list at the last item that has finished so far", async () => {
    const { id } = await newBatch(caller, { items: items(5) });
    await finish(caller.account.id, id, { 3: page, 1: page, 2: page }, [3, 1, 2]);
    for (const limit of ["1", "2", "3", "50"]) {
      expect(await walk(id, { limit })).toEqual(["item-3", "item-1", "item-2"]);
    }
  });
});

describe("a batch with links_on_page", async () => {
  const { id } = await newBatch(caller, { items: items(4), links_on_page: {} });
  const links = ["https://example.com/a", "https://example.com/b"];
  // Two of these exceed the limit of one response.
  const many = Array.from({ length: 30_000 }, (_, i) => `https://example.com/${"x".repeat(60)}/${i}`);
  const withLinks = (list: string[]): Ending => ({ parts: { html: "", links: JSON.stringify(list) } });
  await finish(caller.account.id, id, {
    0: withLinks(links),
    1: failure,
    2: withLinks(many),
    3: withLinks(many),
  });

  it("shows the links of each page that succeeded", async () => {
    const { body } = await list(id, "?limit=2");
    expect(body.items[0].links_on_page).toEqual(links);
    expect(body.items[1]).not.toHaveProperty("links_on_page");
  });

  it("ends a page early when its items have many links", async () => {
    const first = await list(id, "?limit=4");
    expect(first.ids).toEqual(["item-0", "item-1", "item-2", "item-3"].slice(0, first.ids?.length));
    expect(await walk(id, { limit: "4" })).toEqual(["item-0", "item-1", "item-2", "item-3"]);
    const larger = await newBatch(caller, { items: items(6), links_on_page: {} });
    await finish(
      caller.account.id,
      larger.id,
      Object.fromEntries([0, 1, 2, 3, 4, 5].map((idx) => [idx, withLinks(many)])),
    );
    const { ids, body } = await list(larger.id);
    expect(ids?.length).toBeLessThan(6);
    expect(body.cursor).toBe(ids?.length);
    expect(await walk(larger.id, {})).toEqual(items(6).map(({ custom_id }) => custom_id));
  });
});

it("links are not shown, and not looked for, once the content has expired", async () => {
  const { id } = await newBatch(caller, { items: items(2), links_on_page: {} });
  const parts = { html: "", links: '["https://example.com/a"]' };
  await finish(caller.account.id, id, { 0: { parts }, 1: { parts } });
  await env.DB.prepare("UPDATE batches SET content_removed_at = 1 WHERE id = ?").bind(id).run();
  const { status, body } = await caller.call("GET", `/v1/batches/${id}/items`, {
    env: { CONTENT: {} as never },
  });
  expect([status, body.items.length]).toEqual([200, 2]);
  for (const item of body.items) expect(item).not.toHaveProperty("links_on_page");
});

it("links are not shown when the batch did not ask for them", async () => {
  const { id } = await newBatch(caller);
  await finish(caller.account.id, id, { 0: { parts: { html: "", links: '["https://example.com/a"]' } } });
  expect((await list(id)).body.items[0]).not.toHaveProperty("links_on_page");
});

it("an unknown batch has no items", async () => {
  const { status, body } = await list("batch_unknown");
  expect({ status, code: body.code }).toEqual({ status: 404, code: "batch_not_found" });
});
