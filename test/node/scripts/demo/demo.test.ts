import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { wrongCounts, wrongResults } from "../../../../scripts/demo/checks.ts";
import { curlLines } from "../../../../scripts/demo/curl.ts";
import { itemTimes } from "../../../../scripts/demo/item-times.ts";
import { demoOptions } from "../../../../scripts/demo/options.ts";
import { pagesAt } from "../../../../scripts/demo/pages.ts";
import type { BatchObject, Item, Retrieved } from "../../../../scripts/trawl/client.ts";
import type { WebhookBody } from "../../../../src/webhook/payload.ts";

describe("arguments", () => {
  test("URLs need no scheme, and --keep can come anywhere", () => {
    expect(demoOptions(["example.com/a", "--keep", "http://localhost:1"])).toEqual({
      urls: ["https://example.com/a", "http://localhost:1/"],
      keep: true,
    });
  });

  test.each(["ftp://example.com", "javascript:alert(1)//://", "http://"])("rejects %s", (given) => {
    expect(() => demoOptions([given])).toThrow(given);
  });

  test("pages get unique ids from their URLs", () => {
    const long = `https://example.com/${"a".repeat(300)}`;
    const names = pagesAt(["https://example.com/", "http://example.com", long, `${long}b`]).map(
      ({ customId }) => customId,
    );
    expect(names).toEqual(["example.com", "page 2", long.slice(8, 8 + 255), "page 4"]);
  });
});

test("item times are read from the Worker's log, decorated or not, for this batch only", () => {
  const line = (event: string, batch: string, item: number, ms?: number) =>
    JSON.stringify({ time: "2026-11-24T16:00:00.000Z", level: "info", event, batch_id: batch, item, ms });
  const output = [
    'm.completed","batch_id":"b1","item":9,"ms":1}',
    line("item.completed", "b1", 0, 12),
    "[wrangler:info] GET /health 200 OK (3ms)",
    `\u001b[33m▲ [WARNING] ${line("item.failed", "b1", 1, 34)}\u001b[0m`,
    line("item.will_retry", "b1", 2, 5),
    line("item.completed", "b2", 3, 6),
    line("item.failed", "b1", 4),
  ].join("\n");
  expect([...itemTimes(output, "b1")]).toEqual([
    [0, 12],
    [1, 34],
  ]);
});

test("curl commands are quoted for the shell, whatever the URL contains", () => {
  const url = "https://example.com/?a=1&b='$(touch /tmp/x)'";
  const [batch, , retrieve, post] = curlLines(
    { origin: "http://127.0.0.1:1", key: "trawl_k" },
    { batchId: "batch_1", retrieveId: "ret_1", url },
  ).map((line) => {
    const script = `curl() { for word; do printf '%s\\n' "$word"; done; }; ${line}`;
    return execFileSync("sh", ["-c", script], { encoding: "utf8" }).trimEnd().split("\n");
  });
  expect(batch).toEqual(["-H", "Authorization: Bearer trawl_k", "http://127.0.0.1:1/v1/batches/batch_1"]);
  expect(retrieve?.at(-1)).toBe("http://127.0.0.1:1/v1/retrieve?retrieve_id=ret_1&formats=markdown");
  expect(JSON.parse(post?.[5] ?? "")).toEqual({ items: [{ custom_id: "mine", url }] });
});

describe("checks", () => {
  const page = {
    customId: "/a",
    url: "http://site/a",
    finalUrl: "http://site/b",
    expect: { status: 200, title: "A", text: ["seen"] },
  };
  const item = {
    custom_id: "/a",
    status: "completed",
    http_status: 200,
    title: "A",
    final_url: "http://site/b",
  } as Item;
  const content = {
    html_content: "<p>seen",
    markdown_content: "seen",
    text_content: "is\n seen",
  } as Retrieved;

  test("a page that matches its expectation passes", () => {
    expect(wrongResults(page, item, content)).toEqual([]);
  });

  test.each<[string, Partial<Item>, Partial<Retrieved>, string[]]>([
    ["title", { title: "B" }, {}, ["/a: title is B, expected A"]],
    ["address", { final_url: undefined }, {}, ["/a: final URL is http://site/a, expected http://site/b"]],
    ["status", { http_status: 201 }, {}, ["/a: HTTP status is 201, expected 200"]],
    ["text", {}, { text_content: "other" }, ['/a: text is missing "seen"']],
    ["format", {}, { markdown_content: null }, ["/a has no Markdown"]],
    [
      "failure",
      { status: "failed", error: { code: "timeout", message: "" }, title: undefined },
      {},
      ["/a: error is timeout, expected none", "/a: title is none, expected A"],
    ],
  ])("a wrong %s is reported", (_, wrongItem, wrongContent, messages) => {
    expect(wrongResults(page, { ...item, ...wrongItem }, { ...content, ...wrongContent })).toEqual(messages);
  });

  test("a missing page is reported", () => {
    expect(wrongResults(page, undefined, undefined)).toEqual(["/a is missing from the items"]);
  });

  test("counts that do not match are reported", () => {
    const batch = { total_urls: 2, completed_urls: 1, failed_urls: 0, credits_consumed: 1 } as BatchObject;
    const data = { items_total: 2, items_completed: 1, items_failed: 1 };
    const event = { data } as WebhookBody;
    const failed = { ...item, status: "failed" } as Item;
    expect(wrongCounts({ ...batch, failed_urls: 1 }, [item, failed], event)).toEqual([]);
    expect(wrongCounts(batch, [item, failed], event)).toEqual(["failed_urls is 0, expected 1"]);
    expect(wrongCounts({ ...batch, failed_urls: 1 }, [item], event)).toContain(
      "The number of items is 1, expected 2",
    );
  });
});
