/** The lines of the README and the guides, pasted into a shell one after the other, exactly as written. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { Reader } from "../documents/reader.ts";

let reader: Reader;

beforeAll(async () => {
  reader = await Reader.create();
});

afterAll(() => reader?.close());

/** What the document's lines print, with no error of the API in it. */
async function paste(path: string, more?: string): Promise<string> {
  const output = await reader.paste(path, more);
  expect(output).not.toContain('"object":"error"');
  return output;
}

test("the README's lines render a page and read it as Markdown, and do so again when pasted again", async () => {
  const outputs = [await paste("README.md"), await paste("README.md")];
  for (const output of outputs) {
    expect(output).toMatch(/"status":"completed",.*"total_urls":1,"completed_urls":1/);
    expect(output).toMatch(/"markdown_content":"[^"]*Trawl API/);
  }
  const [first, second] = outputs.map((output) => /batch_[0-9A-Za-z]+/.exec(output)?.[0]);
  expect(second).not.toBe(first);
});

test("the lines of the API guide use every route, and their webhook arrives", async () => {
  const output = await paste("docs/using-the-api.md");
  expect(output).toMatch(/"status":"completed",.*"completed_urls":2/);
  expect(output).toContain('"links_on_page":["http://127.0.0.1:');
  expect(output).toContain("<!DOCTYPE html>");
  expect(output).toMatch(/^\{"custom_id":.*"cursor":2,"markdown_content":/m);
  expect(output).toMatch(/^id: 2\nevent: item\ndata: \{"custom_id":/m);
  expect(output).toMatch(/^id: done\nevent: done\ndata: \{"id":"batch_/m);
  expect(output).toMatch(/"retry_of":"batch_\w+"/);
  expect(output).toMatch(/"object":"account",.*"stored_items":/);
  expect(output).toContain('"metadata":{"invoice":"2026-117"}');
  expect(output).toContain('"delivered":true');
  expect(reader.outputOf("examples/webhook-receiver.mjs")).toMatch(
    /event\.batch\.completed: batch_\w+, 1 completed, 0 failed/,
  );
});

test("pasted again, the API guide creates a new batch", async () => {
  const output = await paste("docs/using-the-api.md");
  expect(output).toMatch(/"status":"in_progress",.*"total_urls":2/);
});

test("the parser guide's lines create, try, change and delete a parser", async () => {
  const output = await paste("docs/parsers.md");
  expect(output).toContain("Copper kettle");
  expect(output).toContain("https://shop.example/copper");
  expect(output).toMatch(/89\.5.*EUR/);
});

test("the operator's lines leave an account as unlimited as they found it, without its key", async () => {
  const show = "npm run --silent keys -- accounts show --name shop\nnpm run --silent keys -- list\n";
  const output = await paste("docs/operating.md", show);
  expect(output).toContain('"credit_limit": 10000');
  expect(output).toMatch(/"status":"up","checked_at":\d+,"configuration":\{"status":"up"/);
  const [account, keys] = output.slice(output.lastIndexOf('{\n  "id": "acct_')).split(/\n(?=\[)/);
  expect(JSON.parse(account ?? "")).toMatchObject({
    name: "shop",
    credit_limit: "unlimited",
    rate_usd: 0.001,
    max_batch_items: "none",
    parsers: "all",
    countries: "all",
  });
  const listed = JSON.parse(`${keys?.split("\n]")[0]}\n]`) as { account: string; revoked: string | null }[];
  expect(listed.filter(({ account: name }) => name === "shop").map(({ revoked }) => revoked)).toEqual([
    expect.any(String),
  ]);
  expect(listed.filter(({ account: name, revoked }) => name !== "shop" && revoked !== null)).toEqual([]);
});

test("the lines of the examples render pages, and the receiver hears of them", async () => {
  const output = await paste("examples/README.md");
  expect(output).toMatch(/Created batch_\w+\. Pages to render: 1\./);
  expect(output).toContain("# Trawl API");
});

test("the contributor's lines work", async () => {
  expect(await paste("CONTRIBUTING.md")).toMatch(/^v2[4-9]\./m);
});
