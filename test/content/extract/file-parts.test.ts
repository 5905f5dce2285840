/** Files: which parts are stored, and how their bytes are decoded. */
import { describe, expect, inject, it } from "vitest";
import { partsOfFile } from "../../../src/content/extract/file-parts.ts";

async function parts(mimeType: string, body: string | number[], charset?: string) {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : Uint8Array.from(body);
  return Object.fromEntries(await partsOfFile({ mimeType, charset, body: bytes }));
}

describe("a file of type", () => {
  const rows: [type: string, body: string, markdown: string, json?: string][] = [
    ["application/json", '{"a": 1}', '```json\n{"a": 1}\n```\n', '{"a": 1}'],
    ["application/vnd.api+json", "[]\n", "```json\n[]\n```\n", "[]\n"],
    ["application/json", '{"a": [', '```json\n{"a": [\n```\n'],
    ["application/x-ndjson", "1\n2\n", "```jsonl\n1\n2\n```\n"],
    ["text/plain", "2 < 3\n  # no heading", "```\n2 < 3\n  # no heading\n```\n"],
    ["text/plain", "````js\n````", "`````\n````js\n````\n`````\n"],
    ["text/markdown", "# A\n", "# A\n"],
    ["text/csv", "a,b\r\n", "```csv\na,b\r\n```\n"],
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

describe("a file is decoded", () => {
  const latin = [0x47, 0x72, 0xf6, 0xdf, 0x65];
  it("with the charset the server states", async () => {
    expect((await parts("text/plain", latin, "iso-8859-1")).text).toBe("Größe");
    expect((await parts("text/plain", [0x93, 0xfa, 0x96, 0x7b], "shift_jis")).text).toBe("日本");
  });

  it("by its byte order mark, which is removed", async () => {
    expect((await parts("text/plain", [0xff, 0xfe, 0x61, 0, 0xe4, 0], "utf-8")).text).toBe("aä");
    expect(await parts("application/json", [0xef, 0xbb, 0xbf, 0x31])).toMatchObject({ text: "1", json: "1" });
  });

  it("as UTF-8 if it is JSON, whatever the server states", async () => {
    expect((await parts("application/json", '"ä"', "iso-8859-1")).json).toBe('"ä"');
  });

  it("by its XML declaration if the server states no charset", async () => {
    const xml = [...new TextEncoder().encode('<?xml version="1.0" encoding="ISO-8859-1"?><a>'), ...latin];
    expect((await parts("application/xml", xml)).text).toMatch(/<a>Größe$/);
  });

  it("as UTF-8 or else Windows-1252 if the charset is missing or unknown", async () => {
    expect((await parts("text/plain", "Größe")).text).toBe("Größe");
    expect((await parts("text/plain", latin)).text).toBe("Größe");
    expect((await parts("text/plain", "Größe", "no-such-encoding")).text).toBe("Größe");
  });
});

describe("a PDF", () => {
  const path = "/data/timetable.pdf";

  it("becomes text and Markdown, page by page", async () => {
    const body = new Uint8Array(await (await fetch(`${inject("site")}${path}`)).arrayBuffer());
    const file = { mimeType: "application/pdf", charset: undefined, body };
    expect(Object.fromEntries(await partsOfFile(file))).toEqual({
      text: "Ferries leave every half hour.\n\nOn Sundays (and in fog) every hour.\n\nThe last one waits.\n",
      markdown:
        "Ferries leave every half hour.\n\n---\n\nOn Sundays (and in fog) every hour.\n\n---\n\nThe last one waits.\n",
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
