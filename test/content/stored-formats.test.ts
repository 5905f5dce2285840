/** Markdown and text of HTML pages are made when they are first requested, and then stored. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { describeFormat, partSizes, readFormat } from "../../src/content/stored-formats.ts";
import { MAX_MARKS_IN_METADATA, MAX_URL } from "../../src/content/stored-html.ts";
import { putPart } from "../../src/content/stored-parts.ts";

const bucket = env.CONTENT;
let pages = 0;

async function storePage(
  html: string,
  metadata: Record<string, string> = { url: "https://example.com/docs/", tags: "10" },
): Promise<string> {
  pages += 1;
  const key = `content/formats/batch/${pages}-1`;
  await putPart(bucket, key, "html", html, metadata);
  return key;
}

async function storedParts(key: string): Promise<string[]> {
  const { objects } = await bucket.list({ prefix: `${key}/` });
  return objects.map((object) => object.key.slice(key.length + 1));
}

const text = async (key: string, format: "markdown" | "text" | "html" | "json") =>
  (await readFormat(bucket, key, format))?.text();

const hello = '<h1>Hello</h1><p>Ein <a href="x">Gruß</a></p>';

describe("an HTML page", () => {
  it("has Markdown and text, with URLs resolved against the page's own", async () => {
    const key = await storePage(hello);
    expect(await text(key, "markdown")).toBe("# Hello\n\nEin [Gruß](https://example.com/docs/x)\n");
    expect(await text(key, "text")).toBe("Hello\n\nEin Gruß\n");
    expect(await text(key, "html")).toBe(hello);
    expect(await text(key, "json")).toBeUndefined();
  });

  it("stores a format when it is first requested, and no other", async () => {
    const key = await storePage(hello);
    expect(await storedParts(key)).toEqual(["html"]);
    await text(key, "text");
    expect(await storedParts(key)).toEqual(["html", "text"]);
    await bucket.put(`${key}/text`, "as stored");
    expect(await text(key, "text")).toBe("as stored");
  });

  it("has the size and type of a format that has not been made yet", async () => {
    const key = await storePage(hello);
    const about = await describeFormat(bucket, key, "text");
    expect(about?.size).toBe(new TextEncoder().encode("Hello\n\nEin Gruß\n").byteLength);
    expect(about?.httpMetadata?.contentType).toBe("text/plain; charset=utf-8");
    expect(about?.httpEtag).toBe((await readFormat(bucket, key, "text"))?.httpEtag);
  });

  it("has the sizes of its stored parts, and of requested formats that can be made", async () => {
    const key = await storePage(hello);
    expect(await partSizes(bucket, key, ["html", "json"])).toEqual(new Map([["html", 46]]));
    expect(await partSizes(bucket, key, ["html", "markdown", "json", "text"])).toEqual(
      new Map([
        ["html", 46],
        ["markdown", 49],
        ["text", 17],
      ]),
    );
  });

  it("serves a range of a format that has not been made yet", async () => {
    const part = await readFormat(bucket, await storePage(hello), "text", {
      range: { offset: 7, length: 3 },
    });
    expect(await part?.text()).toBe("Ein");
  });

  it("gives ten simultaneous requests the same content", async () => {
    const key = await storePage(hello);
    const requests = Array.from({ length: 10 }, (_, n) => text(key, n % 2 ? "markdown" : "text"));
    expect(new Set(await Promise.all(requests)).size).toBe(2);
    expect(await storedParts(key)).toEqual(["html", "markdown", "text"]);
  });

  it("serves a format even if R2 rejects a simultaneous write of it", async () => {
    const key = await storePage(hello);
    let isFirst = true;
    const refusing = new Proxy(bucket, {
      get: (target, name) => {
        if (name === "put" && isFirst) {
          isFirst = false;
          return async (...given: Parameters<R2Bucket["put"]>) => {
            await target.put(...given);
            throw new Error("put: Reduce your concurrent request rate for the same object. (10058)");
          };
        }
        const value = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    expect(await (await readFormat(refusing, key, "text"))?.text()).toBe("Hello\n\nEin Gruß\n");
  });

  it("leaves nothing behind if its content is deleted while a format is made", async () => {
    const key = await storePage(hello);
    const removing = new Proxy(bucket, {
      get: (target, name) => {
        const value = Reflect.get(target, name);
        if (name !== "put") return typeof value === "function" ? value.bind(target) : value;
        return async (...given: Parameters<R2Bucket["put"]>) => {
          await target.delete(`${key}/html`);
          return target.put(...given);
        };
      },
    });
    expect(await readFormat(removing, key, "markdown")).toBeNull();
    expect(await storedParts(key)).toEqual([]);
  });

  it.each(["with its HTML", "beside it"])(
    "has text without elements marked as hidden, with marks stored %s",
    async (where) => {
      const marks = "R5H3";
      const url = "https://example.com/";
      const isBeside = where === "beside it";
      const key = await storePage("<html><p>a</p><p hidden>b</p></html>", {
        url,
        tags: "6",
        ...(isBeside ? {} : { marks }),
      });
      if (isBeside) await putPart(bucket, key, "marks", marks);
      expect(await text(key, "text")).toBe("b\n");
      expect(await text(key, "html")).toBe("<html><p>a</p><p hidden>b</p></html>");
    },
  );

  it("has neither Markdown nor text if it is too large for a Worker", async () => {
    const many = await storePage(hello, { url: "https://example.com/", tags: "1000000" });
    const long = await storePage(`<p>${"x".repeat(11 * 1024 * 1024)}`);
    for (const key of [many, long]) {
      expect(await text(key, "markdown")).toBeUndefined();
      expect(await describeFormat(bucket, key, "text")).toBeNull();
      expect([...(await partSizes(bucket, key, ["html", "markdown", "text"])).keys()]).toEqual(["html"]);
    }
  });

  it("can have a long URL and many marks", async () => {
    const key = await storePage(hello, {
      url: `https://example.com/${"a".repeat(MAX_URL - 20)}`,
      tags: "299999",
      marks: "R0".repeat(MAX_MARKS_IN_METADATA / 2),
    });
    expect(await text(key, "markdown")).toContain("(https://example.com/x)");
  });
});

describe("a file", () => {
  it("has its stored parts, and nothing else", async () => {
    const key = "content/formats/batch/file-1";
    await putPart(bucket, key, "text", "plain");
    expect(await text(key, "text")).toBe("plain");
    expect(await text(key, "markdown")).toBeUndefined();
    expect(await describeFormat(bucket, key, "markdown")).toBeNull();
  });
});
