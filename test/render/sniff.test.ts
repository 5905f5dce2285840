/** What a response is, by its headers and its first bytes. */
import { describe, expect, it } from "vitest";
import { type DocumentAnswer, documentAnswer } from "../../src/render/document-answer.ts";
import { documentKind } from "../../src/render/document-type.ts";
import { sniffedType } from "../../src/render/sniff.ts";
import { typeOfText } from "../../src/render/text-type.ts";

const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

function answer(contentType: string, more: Partial<DocumentAnswer> = {}): DocumentAnswer {
  return {
    ...{ url: "https://site.example/", status: 200, contentType, mimeType: contentType, charset: undefined },
    ...{
      isAttachment: false,
      fileName: "",
      forbidsSniffing: false,
      length: undefined,
      isCompressed: false,
      retryAfter: undefined,
    },
    ...more,
  };
}

describe("documentAnswer", () => {
  const answerWith = (...headers: [name: string, value: string][]) =>
    documentAnswer({
      ...{ requestId: "1", frameId: "1", resourceType: "Document", responseStatusCode: 200 },
      request: { url: "https://site.example/files/a%20b.csv?x=1", method: "GET", headers: {} } as never,
      responseHeaders: headers.map(([name, value]) => ({ name, value })),
    });

  it.each([
    ["Text/HTML; Charset=GBK", "text/html", "gbk"],
    ["text/html charset=utf-8", "text/html", undefined],
    ["text/html, text/html", "text/html", undefined],
    ["nonsense", "", undefined],
    ["", "", undefined],
  ])("reads the type %j", (value, mimeType, charset) => {
    expect(answerWith(["Content-Type", value])).toMatchObject({ contentType: value, mimeType, charset });
  });

  it.each([
    ["inline", "a%20b.csv", false],
    ['Attachment; filename="report.pdf"', "report.pdf", true],
    ["attachment; filename=t.csv", "t.csv", true],
    ["attachment; filename*=UTF-8''t.tsv", "UTF-8''t.tsv", true],
  ])("reads the name in %j", (value, fileName, isAttachment) => {
    expect(answerWith(["content-disposition", value])).toMatchObject({ fileName, isAttachment });
  });
});

describe("documentKind", () => {
  it.each([
    ["text/html", "page"],
    ["application/xhtml+xml", "page"],
    ["text/plain", "file"],
    ["text/x-log", "file"],
    ["application/x-pdf", "file"],
    ["application/csv", "file"],
    ["application/jsonl", "file"],
    ["application/x-jsonlines", "file"],
    ["application/json-seq", "file"],
    ["application/geo+json-seq", "file"],
    ["application/vnd.api+json", "file"],
    ["image/svg+xml", "file"],
    ["", "unstated"],
    ["*/*", "unstated"],
    ["application/octet-stream", "download"],
    ["application/vnd.ms-excel", "download"],
    ["application/x-sh", "download"],
    ["image/png", "unusable"],
    ["video/mp4", "unusable"],
    ["multipart/x-mixed-replace", "unusable"],
  ])("%s: %s", (type, kind) => {
    expect(documentKind(answer(type))).toBe(kind);
  });

  it("does not take an attachment for a page", () => {
    expect(documentKind(answer("text/html", { isAttachment: true }))).toBe("unusable");
    expect(documentKind(answer("text/csv", { isAttachment: true }))).toBe("file");
  });

  it("has no use for an answer without content", () => {
    expect(documentKind(answer("text/html", { status: 204 }))).toBe("unusable");
  });
});

describe("sniffedType", () => {
  const unstated = answer("");

  it.each([
    "<!DOCTYPE html>",
    "\n  <!doctype HTML >",
    "<html\nlang='en'>",
    "<script>",
    "<P >",
    "<!--[if IE]>",
    '<?xml version="1.0"?>\n<!-- x --><html xmlns="http://www.w3.org/1999/xhtml">',
  ])("finds HTML: %j", (start) => {
    expect(sniffedType(unstated, bytes(start))).toBe("text/html");
    expect(sniffedType(answer("binary/octet-stream"), bytes(start))).toBe("text/html");
  });

  it.each(["%PDF-1.4\n%\xe2\xe3", "\r\n%PDF-1.7", "\xef\xbb\xbf%PDF-1.4"])("finds a PDF: %j", (start) => {
    for (const type of ["", "application/octet-stream", "text/plain", "application/acrobat"])
      expect(sniffedType(answer(type), bytes(start))).toBe("application/pdf");
  });

  it.each([
    ["<?xml version='1.0'?><rss/>", "text/xml"],
    ["", "text/plain"],
    ["a;b\n", "text/plain"],
    ["<paragraph>", "text/plain"],
    ["<b", "text/plain"],
    ["\xff\xfea\0", "text/plain"],
    ["\x1b[1mbold\x1b[0m", "text/plain"],
    ["\xcb\xee\xf1\xf2", "text/plain"],
  ])("finds text: %j is %s", (start, type) => {
    expect(sniffedType(unstated, bytes(start))).toBe(type);
  });

  it.each([
    "a\0b",
    "\x89PNG\r\n\x1a\n",
    "PK\x03\x04",
    "\x1f\x8b\x08\0",
    "GIF89a\x01\0",
    "%!PS-Adobe-3.0",
    "{\\rtf1",
  ])("finds nothing to read: %j", (start) => {
    expect(sniffedType(unstated, bytes(start))).toBeUndefined();
    expect(sniffedType(answer("application/x-thing"), bytes(start))).toBeUndefined();
  });

  it("only looks at the beginning", () => {
    expect(sniffedType(unstated, bytes(`${"a".repeat(1445)}\0`))).toBe("text/plain");
  });

  it("keeps a type that says something, unless it is a default and the bytes are not text", () => {
    expect(sniffedType(answer("application/x-sh"), bytes("ls"))).toBe("application/x-sh");
    expect(sniffedType(answer("application/x-sh"), bytes("<html>"))).toBe("application/x-sh");
    expect(sniffedType(answer("text/csv"), bytes("a\0b"))).toBe("text/csv");
    expect(sniffedType(answer("text/plain"), bytes("a\0b"))).toBeUndefined();
    const utf8 = answer("text/plain; charset=UTF-8", { mimeType: "text/plain" });
    expect(sniffedType(utf8, bytes("a\0b"))).toBeUndefined();
  });

  it("takes nothing for a page against the server's will", () => {
    expect(sniffedType(answer("", { forbidsSniffing: true }), bytes("<html>"))).toBe("text/plain");
    expect(sniffedType(answer("", { isAttachment: true }), bytes("<html>"))).toBeUndefined();
  });
});

describe("typeOfText", () => {
  const typeOf = (text: string, fileName = "", sniffed = "text/plain") =>
    typeOfText(answer("", { fileName }), sniffed, bytes(text));

  it("goes by the name", () => {
    expect(typeOf("a,b", "table.CSV")).toBe("text/csv");
    expect(typeOf("{}\n{}", "log.jsonl")).toBe("application/jsonl");
    expect(typeOf("<a/>", "feed.rss", "text/xml")).toBe("application/rss+xml");
  });

  it("recognizes JSON objects and arrays", () => {
    expect(typeOf(' {"a": 1}')).toBe("application/json");
    expect(typeOf("\xef\xbb\xbf[1]")).toBe("application/json");
    expect(typeOf("[1] see below")).toBe("text/plain");
    expect(typeOf("1")).toBe("text/plain");
  });

  it("takes text for a spreadsheet for a table", () => {
    expect(typeOf("a;b\n1;2", "export.xls", "application/vnd.ms-excel")).toBe("text/csv");
    expect(typeOf("a\tb\n", "export", "application/vnd.ms-excel")).toBe("text/tab-separated-values");
  });
});
