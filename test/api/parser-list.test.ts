/** `GET /v1/parsers`: the list of parsers. */
import { describe, expect, it } from "vitest";
import { newCaller } from "./caller.ts";
import { newParser } from "./custom-parsers.ts";

const parser = { name: "Titles", fields: [{ name: "title", selector: "h1", type: "text" }] };

describe("the list of parsers", () => {
  const idsOf = (data: { id: string }[]) => data.map(({ id }) => id);

  it("is paged, most recently changed first, and ends with the built-in parsers", async () => {
    const caller = await newCaller();
    const builtIn = (await caller.call("GET", "/v1/parsers")).body.data;
    const ids: string[] = [];
    for (let i = 0; i < 5; i += 1) ids.push(await newParser(caller, parser));
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

  it("shows a summary of each parser, with its first URL patterns", async () => {
    const caller = await newCaller();
    const facts = { name: '7 "titles"', description: "Of all pages.", credits: 3 };
    const url_patterns = Array.from({ length: 12 }, (_, i) => `https://example.com/${i}`);
    const id = await newParser(caller, { ...parser, ...facts, url_patterns });
    const { data } = (await caller.call("GET", "/v1/parsers")).body;
    expect(data[0]).toEqual({
      ...{ id, object: "parser", version: 1, built_in: false, aliases: [], created: expect.any(Number) },
      ...facts,
      url_patterns: url_patterns.slice(0, 10),
    });
  });

  it.each(["limit=0", "limit=101", "cursor=x", "cursor=", "cursor=1-", "cursor=1-a&cursor=1-b"])(
    "cannot be queried with %s",
    async (query) => {
      const { call } = await newCaller();
      expect((await call("GET", `/v1/parsers?${query}`)).body).toMatchObject({ code: "validation_error" });
    },
  );
});
