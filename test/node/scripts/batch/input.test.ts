/** What `npm run batch` reads its pages from. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { readInput } from "../../../../scripts/batch/input.ts";

const folder = mkdtempSync(join(tmpdir(), "trawl-batch-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: string | Uint8Array): string {
  const path = join(folder, crypto.randomUUID());
  writeFileSync(path, content);
  return path;
}

const read = (content: string | Uint8Array) => readInput(file(content));
const [a, b] = ["https://a.example/", "https://b.example/x?y=1,2"];

describe("a list", () => {
  it("has a URL per line, with comments and empty lines between them", async () => {
    expect(await read(`\uFEFF# pages\r\n${a}\r\n\r\n  ${b}  \n`)).toEqual({
      items: [
        { custom_id: a, url: a },
        { custom_id: b, url: b },
      ],
      duplicates: 0,
    });
  });

  it("may come from standard input", async () => {
    const stdin = Readable.from([`${a}\n`]) as NodeJS.ReadStream;
    expect((await readInput("-", stdin)).items).toEqual([{ custom_id: a, url: a }]);
  });

  it("counts what it names twice once", async () => {
    expect(await read(`${a}\n${b}\n${a}\n`)).toMatchObject({ items: { length: 2 }, duplicates: 1 });
  });

  it("names a page by its line if its URL is too long to be an id", async () => {
    const long = `${a}${"x".repeat(3000)}`;
    expect((await read(`${a}\n${long}\n`)).items[1]).toEqual({ custom_id: "page-2", url: long });
  });
});

describe("a CSV file", () => {
  it.each([",", ";", "\t"])("has columns separated by %j", async (separator) => {
    const rows = [
      ["URL", "custom_id", "Order no", "note"],
      [`"${b}"`, "b", "7", `"two\nlines"`],
      [a, "", "", ""],
    ];
    expect((await read(rows.map((row) => row.join(separator)).join("\n"))).items).toEqual([
      { custom_id: "b", url: b, metadata: { "Order no": "7", note: "two\nlines" } },
      { custom_id: a, url: a },
    ]);
  });

  it("may have the column url alone", async () => {
    expect((await read(`url\n${a}\n`)).items).toEqual([{ custom_id: a, url: a }]);
  });

  it.each([
    ["url,custom_id\n,x\n", /^Row 1 of \S+ has no url\.$/],
    [`url,note\n${a},"open\n`, /^The CSV file is malformed: .+\.$/],
    [`url,note\n${a},x,y\n`, /^The CSV file is malformed: .+\.$/],
  ])("is refused if it is %j", async (content, message) => {
    await expect(read(content)).rejects.toThrow(message);
  });
});

describe("a sitemap", () => {
  const sitemap = (urls: string[]) =>
    `<?xml version="1.0"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${urls
      .map((url) => `<url><loc> ${url.replaceAll("&", "&amp;")} </loc><lastmod>2026-01-01</lastmod></url>`)
      .join("")}</urlset>`;

  it("names pages", async () => {
    const url = `${a}?x=1&y=2`;
    expect((await read(sitemap([url, b]))).items.map((item) => item.url)).toEqual([url, b]);
    expect((await read(gzipSync(sitemap([a])))).items.map((item) => item.url)).toEqual([a]);
  });

  it("may be an index of others, which are fetched, and lie on a server itself", async () => {
    const server = createServer(({ url }, response) => {
      const { port } = server.address() as AddressInfo;
      const index = ["one", "two.gz", "one"].map((name) => `http://127.0.0.1:${port}/${name}`);
      const answers: Record<string, string | Buffer> = {
        "/index": `<sitemapindex>${index.map((loc) => `<sitemap><loc>${loc}</loc></sitemap>`).join("")}</sitemapindex>`,
        "/one": sitemap([a]),
        "/two.gz": gzipSync(sitemap([b])),
      };
      response.statusCode = answers[url ?? ""] ? 200 : 404;
      response.end(answers[url ?? ""]);
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const { items } = await readInput(`http://127.0.0.1:${port}/index`);
      expect(items.map((item) => item.url)).toEqual([a, b]);
      const missing = `http://127.0.0.1:${port}/none`;
      await expect(readInput(missing)).rejects.toThrow(`${missing} cannot be read: the server answered 404.`);
    } finally {
      server.close();
    }
  });
});

it.each(["", "\n# nothing\n", "<urlset/>"])("a file that names no page is refused: %j", async (content) => {
  await expect(read(content)).rejects.toThrow(/names no page\.$/);
});

it("a file that does not exist is refused", async () => {
  await expect(readInput(join(folder, "none"))).rejects.toThrow(/none cannot be read: ENOENT/);
});
