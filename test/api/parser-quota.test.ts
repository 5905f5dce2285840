/** How many custom parsers an account can have, and how deleting some makes room. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { items, newBatch, newCaller } from "./caller.ts";
import { newParser } from "./custom-parsers.ts";

const parser = { name: "Titles", fields: [{ name: "title", selector: "h1", type: "text" }] };

/** Copies the first version of a parser as versions 2 to `last`, each longer by `characters`. */
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

describe("the quota of custom parsers", () => {
  it("is 5,000 versions, and frees deleted ones that no running batch uses", async () => {
    const caller = await newCaller();
    const { call } = caller;
    const id = await newParser(caller, parser);
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

  it("is 25,000,000 characters per account", async () => {
    const [caller, other] = [await newCaller(), await newCaller()];
    const id = await newParser(caller, parser);
    await addVersions(id, 251, 100_000);
    const put = () => caller.call("PUT", `/v1/parsers/${id}`, { body: parser });
    expect((await put()).body).toMatchObject({
      ...full,
      detail: expect.stringMatching(/25000000 characters/),
    });
    await newParser(other, parser);
  });

  it("is freed by deletions alone, once no running batch uses the deleted parser", async () => {
    const caller = await newCaller();
    const [id, next] = [await newParser(caller, parser), await newParser(caller, parser)];
    const batch = await newBatch(caller, { items: items(1), parser: { id } });
    await caller.call("DELETE", `/v1/parsers/${id}`);
    await deletedLongAgo(id);
    await caller.call("DELETE", `/v1/parsers/${next}`);
    expect(await versionsOf(id)).toEqual([1]);
    await env.DB.prepare("UPDATE batches SET status = 'completed' WHERE id = ?").bind(batch.id).run();
    await newParser(caller, parser);
    expect(await versionsOf(id)).toEqual([]);
    expect(await versionsOf(next)).toEqual([1]);
  });
});
