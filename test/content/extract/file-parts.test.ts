/** Files: which parts are stored. */
import { describe, expect, inject, it } from "vitest";
import { partsOfFile } from "../../../src/content/extract/file-parts.ts";
import { pdfOf } from "../../site/binary-files.ts";
import { encoded } from "../../site/encoding.ts";

async function parts(mimeType: string, body: string, encoding = "utf-8") {
  const file = { mimeType, encoding, body: new TextEncoder().encode(body) };
  return Object.fromEntries((await partsOfFile(file)).parts);
}

describe("a file of type", () => {
  const rows: [type: string, body: string, markdown: string, json?: string][] = [
    ["application/json", '{"a": 1}', '```json\n{"a": 1}\n```\n', '{"a": 1}'],
    ["application/vnd.api+json", "[]\n", "```json\n[]\n```\n", '{"items":[]}'],
    ["application/json", '{"a": [', '```json\n{"a": [\n```\n'],
    ["application/x-ndjson", "1\n2\n", "```jsonl\n1\n2\n```\n"],
    ["application/jsonl", "1\n2\n", "```jsonl\n1\n2\n```\n"],
    ["application/x-json", "{}", "```json\n{}\n```\n", "{}"],
    ["text/plain", "2 < 3\n  # no heading", "```\n2 < 3\n  # no heading\n```\n"],
    ["text/plain", "````js\n````", "`````\n````js\n````\n`````\n"],
    ["text/markdown", "# A\n", "# A\n"],
    ["text/csv", "a,b\r\n", "```csv\na,b\r\n```\n"],
    ["application/x-csv", "a,b\n", "```csv\na,b\n```\n"],
    ["application/rss+xml", "<rss/>", "```xml\n<rss/>\n```\n"],
    ["image/svg+xml", "<svg/>", "```xml\n<svg/>\n```\n"],
    ["text/calendar", "BEGIN:VCALENDAR", "```ics\nBEGIN:VCALENDAR\n```\n"],
    ["application/javascript", "f()", "```js\nf()\n```\n"],
    ["text/plain", "", "```\n```\n"],
  ];
  it.each(rows)("%s has text, Markdown, and JSON if it is valid: %j", async (type, body, markdown, json) => {
    expect(await parts(type, body)).toEqual({
      text: body,
      markdown,
      ...(json === undefined ? {} : { json }),
    });
  });
});

describe("a file of JSON", () => {
  it("with more than a million values is text: parsing it would take too much memory", async () => {
    const filesOf = async (values: number) =>
      Object.keys(await parts("application/json", `[${"{},".repeat(values - 2)}{}]`));
    expect(await filesOf(1000)).toEqual(["text", "markdown", "json"]);
    expect(await filesOf(1_100_000)).toEqual(["text", "markdown"]);
  });
});

describe("a file of JSON in a legacy encoding", () => {
  it("has its values counted as text: a byte in a character can be the same as a quote or a backslash", async () => {
    const many = `${"{},".repeat(1_100_000)}{}]`;
    const kinds = async (encoding: string, body: Uint8Array) =>
      (await partsOfFile({ mimeType: "application/json", encoding, body })).parts.map(([part]) => part);
    // The last byte of 表 in Shift_JIS is a backslash in ASCII. The first byte of U+2200 in UTF-16 is a quote.
    expect(await kinds("shift_jis", encoded(`["表",${many}`, "shift_jis"))).toEqual(["text", "markdown"]);
    expect(await kinds("utf-16be", encoded(`["\u2200",${many}`, "utf-16be"))).toEqual(["text", "markdown"]);
    expect(await kinds("shift_jis", encoded('["表"]', "shift_jis"))).toEqual(["text", "markdown", "json"]);
  });
});

describe("a PDF", () => {
  const path = "/data/timetable.pdf";

  it("becomes text and Markdown, page by page", async () => {
    const body = new Uint8Array(await (await fetch(`${inject("site")}${path}`)).arrayBuffer());
    const { parts, warnings } = await partsOfFile({ mimeType: "application/pdf", body });
    expect(warnings).toBeUndefined();
    expect(Object.fromEntries(parts)).toEqual({
      text: "Ferries leave every half hour.\n\nOn Sundays (and in fog) every hour.\n\nThe last one waits.\n",
      markdown:
        "Ferries leave every half hour.\n\n---\n\nOn Sundays (and in fog) every hour.\n\n---\n\nThe last one waits.\n",
    });
  });

  it("without text, such as a scan, has a warning", async () => {
    const body = pdfOf(["q 595 0 0 842 0 0 cm 0 0 1 1 re f Q"]);
    expect(await partsOfFile({ mimeType: "application/pdf", body })).toEqual({
      parts: [
        ["text", ""],
        ["markdown", ""],
      ],
      warnings: ["no_text_layer"],
    });
  });

  it.each(["", "%PDF-1.7\ntruncated", "not a PDF"])("fails if it cannot be read: %j", async (content) => {
    await expect(parts("application/pdf", content)).rejects.toMatchObject({
      code: "unsupported_content_type",
      message: expect.stringMatching(/^The server sent application\/pdf, which cannot be read: ./),
      transient: false,
    });
  });
});
