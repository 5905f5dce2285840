/** Markdown and text of HTML pages: made when first asked for, kept then. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { describeFormat, partSizes, readFormat } from "../../src/content/stored-formats.ts";
import { MAX_MARKS_IN_METADATA, MAX_URL } from "../../src/content/stored-html.ts";
import { putPart } from "../../src/content/stored-parts.ts";

const bucket = env.CONTENT;
let pages = 0;

async function keptPage(
  html: string,
  metadata: Record<string, string> = { url: "https://example.com/docs/", tags: "10" },
): Promise<string> {
  pages += 1;
  const key = `content/formats/batch/${pages}-1`;
  await putPart(bucket, key, "html", html, metadata);
  return key;
}

async function keptParts(key: string): Promise<string[]> {
  const { objects } = await bucket.list({ prefix: `${key}/` });
  return objects.map((object) => object.key.slice(key.length + 1));
}

const text = async (key: string, format: "markdown" | "text" | "html" | "json") =>
  (await readFormat(bucket, key, format))?.text();

const hello = '<h1>Hello</h1><p>Ein <a href="x">Gruß</a></p>';

describe("a page that is HTML", () => {
  it("has Markdown and text, with addresses made full against the page's own", async () => {
    const key = await keptPage(hello);
    expect(await text(key, "markdown")).toBe("# Hello\n\nEin [Gruß](https://example.com/docs/x)\n");
    expect(await text(key, "text")).toBe("Hello\n\nEin Gruß\n");
    expect(await text(key, "html")).toBe(hello);
    expect(await text(key, "json")).toBeUndefined();
  });

  it("keeps a format once it has been asked for, and no other", async () => {
    const key = await keptPage(hello);
    expect(await keptParts(key)).toEqual(["html"]);
    await text(key, "text");
    expect(await keptParts(key)).toEqual(["html", "text"]);
    await bucket.put(`${key}/text`, "as kept");
    expect(await text(key, "text")).toBe("as kept");
  });

  it("says size in bytes and type of a format that has not been made", async () => {
    const key = await keptPage(hello);
    const about = await describeFormat(bucket, key, "text");
    expect(about?.size).toBe(new TextEncoder().encode("Hello\n\nEin Gruß\n").byteLength);
    expect(about?.httpMetadata?.contentType).toBe("text/plain; charset=utf-8");
    expect(about?.httpEtag).toBe((await readFormat(bucket, key, "text"))?.httpEtag);
  });

  it("has sizes of what is kept, and of what is wanted and can be made", async () => {
    const key = await keptPage(hello);
    expect(await partSizes(bucket, key, ["html", "json"])).toEqual(new Map([["html", 46]]));
    expect(await partSizes(bucket, key, ["html", "markdown", "json", "text"])).toEqual(
      new Map([
        ["html", 46],
        ["markdown", 49],
        ["text", 17],
      ]),
    );
  });

  it("serves a range of a format that has not been made", async () => {
    const part = await readFormat(bucket, await keptPage(hello), "text", { range: { offset: 7, length: 3 } });
    expect(await part?.text()).toBe("Ein");
  });

  it("gives the same to ten who ask at once", async () => {
    const key = await keptPage(hello);
    const asked = Array.from({ length: 10 }, (_, n) => text(key, n % 2 ? "markdown" : "text"));
    expect(new Set(await Promise.all(asked)).size).toBe(2);
    expect(await keptParts(key)).toEqual(["html", "markdown", "text"]);
  });

  it("gives it when R2 refuses a second write at the same time", async () => {
    const key = await keptPage(hello);
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

  it("leaves nothing behind when its content is removed in the meantime", async () => {
    const key = await keptPage(hello);
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
    expect(await keptParts(key)).toEqual([]);
  });

  it.each(["with its HTML", "beside it"])("heeds what the browser knew of it, kept %s", async (where) => {
    const marks = "R5H3";
    const url = "https://example.com/";
    const isBeside = where === "beside it";
    const key = await keptPage("<html><p>a</p><p hidden>b</p></html>", {
      url,
      tags: "6",
      ...(isBeside ? {} : { marks }),
    });
    if (isBeside) await putPart(bucket, key, "marks", marks);
    expect(await text(key, "text")).toBe("b\n");
    expect(await text(key, "html")).toBe("<html><p>a</p><p hidden>b</p></html>");
  });

  it("has neither Markdown nor text when it is too large for a Worker", async () => {
    const many = await keptPage(hello, { url: "https://example.com/", tags: "1000000" });
    const long = await keptPage(`<p>${"x".repeat(11 * 1024 * 1024)}`);
    for (const key of [many, long]) {
      expect(await text(key, "markdown")).toBeUndefined();
      expect(await describeFormat(bucket, key, "text")).toBeNull();
      expect([...(await partSizes(bucket, key, ["html", "markdown", "text"])).keys()]).toEqual(["html"]);
    }
  });

  it("may have a long address and many marks", async () => {
    const key = await keptPage(hello, {
      url: `https://example.com/${"a".repeat(MAX_URL - 20)}`,
      tags: "299999",
      marks: "R0".repeat(MAX_MARKS_IN_METADATA / 2),
    });
    expect(await text(key, "markdown")).toContain("(https://example.com/x)");
  });
});

describe("a page that is not HTML", () => {
  it("has what is kept of it, and nothing else", async () => {
    const key = "content/formats/batch/file-1";
    await putPart(bucket, key, "text", "plain");
    expect(await text(key, "text")).toBe("plain");
    expect(await text(key, "markdown")).toBeUndefined();
    expect(await describeFormat(bucket, key, "markdown")).toBeNull();
  });
});
