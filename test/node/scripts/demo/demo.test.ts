import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { curlLines } from "../../../../scripts/demo/curl.ts";
import { type CompletionEvent, countFaults, pageFaults } from "../../../../scripts/demo/findings.ts";
import { itemTimes } from "../../../../scripts/demo/item-times.ts";
import { demoOptions } from "../../../../scripts/demo/options.ts";
import { pagesAt } from "../../../../scripts/demo/pages.ts";
import type { BatchObject, Item, Retrieved } from "../../../../scripts/trawl/client.ts";

describe("arguments", () => {
  test("URLs need no scheme, and --keep may stand anywhere", () => {
    expect(demoOptions(["example.com/a", "--keep", "http://localhost:1"])).toEqual({
      urls: ["https://example.com/a", "http://localhost:1/"],
      keep: true,
      help: false,
    });
  });

  test.each(["ftp://example.com", "javascript:alert(1)//://", "http://"])("refuses %s", (given) => {
    expect(() => demoOptions([given])).toThrow(given);
  });

  test("pages are named by their URLs, each with a name of its own", () => {
    const long = `https://example.com/${"a".repeat(300)}`;
    const names = pagesAt(["https://example.com/", "http://example.com", long, `${long}b`]).map(
      ({ customId }) => customId,
    );
    expect(names).toEqual(["example.com", "page 2", long.slice(8, 8 + 255), "page 4"]);
  });
});

test("times of items are read from the Worker's log, decorated or not, of this batch alone", () => {
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

test("curl lines survive the shell, whatever the URL holds", () => {
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

describe("findings", () => {
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

  test("a page as it should be has none", () => {
    expect(pageFaults(page, item, content)).toEqual([]);
  });

  test.each<[string, Partial<Item>, Partial<Retrieved>, string[]]>([
    ["title", { title: "B" }, {}, ["/a: its title is B, not A."]],
    ["address", { final_url: undefined }, {}, ["/a: its final URL is http://site/a, not http://site/b."]],
    ["status", { http_status: 201 }, {}, ["/a: its HTTP status is 201, not 200."]],
    ["text", {}, { text_content: "other" }, ['/a does not show "seen".']],
    ["format", {}, { markdown_content: null }, ["/a has no Markdown."]],
    [
      "failure",
      { status: "failed", error: { code: "timeout", message: "" }, title: undefined },
      {},
      ["/a: its error is timeout, not none.", "/a: its title is none, not A."],
    ],
  ])("a wrong %s is one", (_, wrongItem, wrongContent, faults) => {
    expect(pageFaults(page, { ...item, ...wrongItem }, { ...content, ...wrongContent })).toEqual(faults);
  });

  test("a page that is not listed is one", () => {
    expect(pageFaults(page, undefined, undefined)).toEqual(["/a is not among the items."]);
  });

  test("sums that do not add up are", () => {
    const batch = { total_urls: 2, completed_urls: 1, failed_urls: 0, credits_consumed: 1 } as BatchObject;
    const data = { items_total: 2, items_completed: 1, items_failed: 1 };
    const event = { data } as CompletionEvent;
    const failed = { ...item, status: "failed" } as Item;
    expect(countFaults({ ...batch, failed_urls: 1 }, [item, failed], event)).toEqual([]);
    expect(countFaults(batch, [item, failed], event)).toEqual(["failed_urls: 0, not 1."]);
    expect(countFaults({ ...batch, failed_urls: 1 }, [item], event)).toContain("items listed: 1, not 2.");
  });
});
