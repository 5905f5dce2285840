import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Page } from "../../site/page.ts";
import { allPages, demoPages, goodPages, pageAt } from "../../site/pages.ts";
import { type Site, startSite } from "../../site/server.ts";

let site: Site;

beforeAll(async () => {
  site = await startSite();
});

afterAll(() => site.close());

/** Decodes the body: by byte order mark, header, or `meta` element, in that order, or else `undeclared`. */
async function textOf(answer: Response, undeclared = "utf-8"): Promise<string> {
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const start = new TextDecoder("latin1").decode(bytes.subarray(0, 1024));
  const mark = start.startsWith("\u00ff\u00fe")
    ? "utf-16le"
    : start.startsWith("\u00ef\u00bb\u00bf")
      ? "utf-8"
      : null;
  const header = answer.headers.get("content-type")?.match(/charset=([\w-]+)/)?.[1];
  const meta = start.match(/<meta charset="?([\w-]+)/i)?.[1];
  const encoding = mark ?? header ?? meta ?? undeclared;
  return new TextDecoder(encoding, { fatal: true, ignoreBOM: false }).decode(bytes);
}

const entities: Record<string, string> = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
const withoutEntities = (html: string) =>
  html.replace(/&(?:lt|gt|amp);/g, (entity) => entities[entity] ?? entity);

const visit = (page: Page) => fetch(site.origin + page.path, { signal: AbortSignal.timeout(5000) });

/** Pages with a complete response. */
const responding = allPages.filter(({ path, expect }) => {
  const isEndless = /^\/fault\/(hang-body|drip|huge|bomb|truncated|bad-gzip|redirect-empty)/.test(path);
  return expect.status !== null && expect.status >= 200 && !isEndless;
});

describe("every page", () => {
  it("has a unique path", () => {
    expect(new Set(allPages.map(({ path }) => path)).size).toBe(allPages.length);
  });

  it("matches its own pattern", () => {
    for (const { path, pattern } of allPages) {
      const { pathname } = new URL(path, site.origin);
      expect(new URLPattern({ pathname: pattern ?? pathname }).test({ pathname }), path).toBe(true);
    }
  });

  it.each(responding)("$path has the expected status and type", async (page) => {
    const answer = await visit(page);
    expect(answer.status).toBe(page.expect.status);
    const declared = answer.headers.get("content-type")?.split(";")[0] ?? "";
    expect(declared).toBe(page.expect.contentType ?? "text/html");
    await answer.body?.cancel();
  });
});

const isBinary = ({ expect: { contentType = "" } }: Page) => /pdf/.test(contentType);

describe("a page made on the server", () => {
  const pages = responding.filter((page) => !page.expect.byScript && !page.expect.code && !isBinary(page));

  it.each(pages)("$path has its title, text and final URL in the response", async (page) => {
    const answer = await visit(page);
    const body = withoutEntities(await textOf(answer, page.expect.encoding));
    for (const text of page.expect.text ?? []) expect(body).toContain(text);
    const title = `<title>${page.expect.title ?? ""}</title>`.toLowerCase();
    if (page.expect.title) expect(body.toLowerCase()).toContain(title);
    expect(answer.url).toBe(new URL(page.expect.finalPath ?? page.path, site.origin).href);
  });
});

describe("a page made by scripts", () => {
  const pages = responding.filter((page) => page.expect.byScript);

  it("is one of more than 40", () => {
    expect(pages.length).toBeGreaterThan(40);
  });

  it.each(pages)("$path does not have its text in the response", async (page) => {
    const body = withoutEntities(await textOf(await visit(page)));
    for (const text of page.expect.text ?? []) expect(body).not.toContain(text);
  });
});

describe("the list of pages", () => {
  it("has 25 pages for the demo, one of them a 404", () => {
    expect(new Set(demoPages).size).toBe(25);
    expect(demoPages.filter(({ expect }) => expect.status === 404)).toHaveLength(1);
    expect(demoPages.filter(({ expect }) => expect.finalPath)).toHaveLength(2);
    expect(
      demoPages.filter(({ expect }) => expect.contentType).map(({ expect }) => expect.contentType),
    ).toEqual(["application/json", "text/plain"]);
  });

  it("has at least 60 well-behaved pages", () => {
    expect(goodPages.length).toBeGreaterThanOrEqual(60);
    expect(goodPages.filter(({ kind }) => kind === "fault")).toEqual([]);
  });

  it("can be searched by path", () => {
    expect(pageAt("/shop/").title).toBe("Kettles and teapots – Tin and Clay");
    expect(() => pageAt("/nowhere")).toThrow("The test site has no page /nowhere");
  });
});

describe("pages for large batches", () => {
  const read = async (path: string) => (await fetch(site.origin + path)).text();

  it("are about 1 KB, each with its own title, at /tiny", async () => {
    const pages = await Promise.all(["/tiny/1", "/tiny/9999", "/tiny/a-name"].map(read));
    expect(pages.map((page) => page.match(/<title>(.*)<\/title>/)?.[1])).toEqual([
      "Tiny page 1",
      "Tiny page 9999",
      "Tiny page a-name",
    ]);
    for (const page of pages) expect(page.length).toBeLessThan(1100);
  });

  it("are about 20 KB, each different, with a stylesheet, three images and a script, at /bench", async () => {
    const [one, two] = await Promise.all([read("/bench/1"), read("/bench/2")]);
    expect(one.length).toBeGreaterThan(15_000);
    expect(one.length).toBeLessThan(25_000);
    expect(one.match(/<img /g)).toHaveLength(3);
    expect(one.match(/<script>/g)).toHaveLength(1);
    expect(one.match(/rel="stylesheet"/g)).toHaveLength(1);
    expect(two).not.toBe(one);
    expect(await read("/bench/1")).toBe(one);
  });
});
