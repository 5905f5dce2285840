/** How many parsers an account can have, how it gets room again, and how they are listed. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { type Caller, items, newBatch, newCaller } from "./caller.ts";

const parser = { name: "Titles", fields: [{ name: "title", selector: "h1", type: "text" }] };

async function newParser({ call }: Caller, more: object = {}): Promise<string> {
  const { body } = await call("POST", "/v1/parsers", { body: { ...parser, ...more } });
  return body.id;
}

/** Gives a parser copies of its first version as versions 2 to `last`, each with so many characters more. */
async function addVersions(id: string, last: number, characters = 0): Promise<void> {
  await env.DB.prepare(
    `WITH RECURSIVE number (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM number WHERE n < ?2)
    INSERT INTO parsers (account_id, id, version, definition, created_at)
    SELECT account_id, id, n, json_set(definition, '$.x', hex(zeroblob(?3))), created_at + n
    FROM parsers, number WHERE id = ?1 AND version = 1`,
  )
    .bind(id, last, characters / 2)
    .run();
}

const versionsOf = async (id: string) => {
  const rows = await env.DB.prepare("SELECT version FROM parsers WHERE id = ? ORDER BY version")
    .bind(id)
    .all();
  return rows.results.map(({ version }) => version);
};

const deletedLongAgo = (id: string) =>
  env.DB.prepare("UPDATE parsers SET deleted_at = deleted_at - 300000 WHERE id = ?").bind(id).run();

const full = {
  status: 403,
  code: "access_denied",
  detail: expect.stringMatching(/5000 parser versions.*Delete/),
};

describe("room for parsers", () => {
  it("is for 5,000 versions, and is free again when deleted ones are gone that no running batch uses", async () => {
    const caller = await newCaller();
    const { call } = caller;
    const id = await newParser(caller);
    await addVersions(id, 4999);
    await newBatch(caller, { items: items(1), parser: { id, version: 7 } });
    const put = () => call("PUT", `/v1/parsers/${id}`, { body: parser });
    expect((await put()).body).toMatchObject({ version: 5000 });
    expect((await put()).body).toMatchObject(full);
    expect((await call("POST", "/v1/parsers", { body: parser })).body).toMatchObject(full);

    await call("DELETE", `/v1/parsers/${id}`);
    expect((await put()).status).toBe(404);
    expect((await call("POST", "/v1/parsers", { body: parser })).body).toMatchObject(full);
    await deletedLongAgo(id);
    expect((await call("POST", "/v1/parsers", { body: parser })).status).toBe(201);
    expect(await versionsOf(id)).toEqual([7]);
  });

  it("is for 25,000,000 characters of each account's", async () => {
    const [caller, other] = [await newCaller(), await newCaller()];
    const id = await newParser(caller);
    await addVersions(id, 251, 100_000);
    const put = () => caller.call("PUT", `/v1/parsers/${id}`, { body: parser });
    expect((await put()).body).toMatchObject({
      ...full,
      detail: expect.stringMatching(/25000000 characters/),
    });
    await newParser(other);
  });

  it("is made by deleting alone, once no running batch uses what is gone", async () => {
    const caller = await newCaller();
    const [id, next] = [await newParser(caller), await newParser(caller)];
    const batch = await newBatch(caller, { items: items(1), parser: { id } });
    await caller.call("DELETE", `/v1/parsers/${id}`);
    await deletedLongAgo(id);
    await caller.call("DELETE", `/v1/parsers/${next}`);
    expect(await versionsOf(id)).toEqual([1]);
    await env.DB.prepare("UPDATE batches SET status = 'completed' WHERE id = ?").bind(batch.id).run();
    await newParser(caller);
    expect(await versionsOf(id)).toEqual([]);
    expect(await versionsOf(next)).toEqual([1]);
  });
});

describe("the list of parsers", () => {
  const idsOf = (data: { id: string }[]) => data.map(({ id }) => id);

  it("comes in pages, the last changed first, and ends with the built-in ones", async () => {
    const caller = await newCaller();
    const builtIn = (await caller.call("GET", "/v1/parsers")).body.data;
    const ids: string[] = [];
    for (let i = 0; i < 5; i += 1) ids.push(await newParser(caller));
    const [oldest = ""] = ids;
    await caller.call("PUT", `/v1/parsers/${oldest}`, { body: parser });
    const seen: string[][] = [];
    let cursor: string | undefined;
    do {
      const query = new URLSearchParams({ limit: "2", ...(cursor ? { cursor } : {}) });
      const { body } = await caller.call("GET", `/v1/parsers?${query}`);
      seen.push(idsOf(body.data));
      cursor = body.cursor;
    } while (cursor);
    expect(seen.map((page) => page.length)).toEqual([2, 2, 1 + builtIn.length]);
    expect(new Set(seen.flat().slice(0, 5))).toEqual(new Set(ids));
    expect(seen[2]?.slice(1)).toEqual(idsOf(builtIn));
    const { body } = await caller.call("GET", `/v1/parsers?limit=5&cursor=${Date.now() + 1000}-x`);
    expect(body.data).toHaveLength(5 + builtIn.length);
    expect(body.data.find(({ id }: { id: string }) => id === oldest).version).toBe(2);
  });

  it("shows what a parser is, and the first of its URL patterns", async () => {
    const caller = await newCaller();
    const facts = { name: '7 "titles"', description: "Of all pages.", credits: 3 };
    const url_patterns = Array.from({ length: 12 }, (_, i) => `https://example.com/${i}`);
    const id = await newParser(caller, { ...facts, url_patterns });
    const { data } = (await caller.call("GET", "/v1/parsers")).body;
    expect(data[0]).toEqual({
      ...{ id, object: "parser", version: 1, built_in: false, aliases: [], created: expect.any(Number) },
      ...facts,
      url_patterns: url_patterns.slice(0, 10),
    });
  });

  it.each(["limit=0", "limit=101", "cursor=x", "cursor=", "cursor=1-", "cursor=1-a&cursor=1-b"])(
    "refuses %s",
    async (query) => {
      const { call } = await newCaller();
      expect((await call("GET", `/v1/parsers?${query}`)).body).toMatchObject({ code: "validation_error" });
    },
  );
});
