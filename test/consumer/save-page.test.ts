/** What is saved of a rendered page. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { readLinks } from "../../src/batch/item-links.ts";
import { savePage } from "../../src/consumer/save-page.ts";
import { CapturedHtml } from "../../src/content/captured-html.ts";
import { partSizes, readFormat } from "../../src/content/stored-formats.ts";
import { contentKey } from "../../src/content/stored-parts.ts";
import type { ItemRow } from "../../src/db/items.ts";
import type { RenderJob } from "../../src/protocol/claim.ts";
import type { RenderedPage } from "../../src/render/rendered-page.ts";
import { pdfOf } from "../site/binary-files.ts";

const job: RenderJob = { batchId: "batch_s", accountId: "a", country: null, linksOnPage: null, parser: null };
let saved = 0;

async function save(rendered: RenderedPage, about: Partial<RenderJob> = {}) {
  const assignment = { idx: saved++, url: "https://example.com/asked", rendering: 2 };
  const key = contentKey("a", "batch_s", assignment.idx, 2);
  return { key, outcome: await savePage(env, { ...job, ...about }, assignment, rendered) };
}

const htmlPage = (html: string, title = "T"): RenderedPage => ({
  kind: "html",
  httpStatus: 200,
  finalUrl: "https://example.com/final",
  title,
  page: { html: new CapturedHtml(html, "k3y"), title, url: "https://example.com/docs/final" },
  hasSettled: true,
});

const content = async (key: string, format: "html" | "markdown" | "text" | "json") =>
  (await readFormat(env.CONTENT, key, format))?.text();

describe("an HTML page", () => {
  it("is saved as HTML, from which Markdown and text are made", async () => {
    const { key, outcome } = await save(htmlPage('<h1>A</h1><a href="b">b</a>'));
    expect(outcome).toEqual({
      kind: "rendered",
      httpStatus: 200,
      finalUrl: "https://example.com/final",
      title: "T",
    });
    expect([...(await partSizes(env.CONTENT, key, [])).keys()]).toEqual(["html"]);
    expect(await content(key, "html")).toBe('<h1>A</h1><a href="b">b</a>');
    expect(await content(key, "markdown")).toBe("# A\n\n[b](https://example.com/docs/b)\n");
  });

  it("is saved with its shadow roots flattened and its frames inlined", async () => {
    const root = '<template shadowrootmode="open"><p>In the root</p></template>';
    const frame =
      '<iframe data-trawl-frame-k3y="&lt;p&gt;Framed&lt;/p&gt;" data-trawl-frame-base-k3y="https://example.com/f/"></iframe>';
    const { key } = await save(htmlPage(`<x-y>${root}</x-y>${frame}`));
    expect(await content(key, "html")).toBe(
      '<x-y><p>In the root</p></x-y><iframe srcdoc="<base href=&quot;https://example.com/f/&quot;><p>Framed</p>"></iframe>',
    );
    expect(await content(key, "text")).toBe("In the root\n\nFramed\n");
  });

  it("is saved without the marks of hidden elements, which its Markdown and text still leave out", async () => {
    const inFrame = '<p data-trawl-hidden-k3y="">Gone</p><p data-trawl-x="mine">In the frame</p>';
    const escaped = inFrame.replaceAll('"', "&quot;");
    const html = `<html data-trawl-rendered-k3y=""><body><p class="a" data-trawl-hidden-k3y="">Gone</p><p hidden="">Seen</p><iframe data-trawl-frame-k3y="${escaped}"></iframe></body></html>`;
    const { key } = await save(htmlPage(html));
    const kept = await content(key, "html");
    expect(kept).toBe(
      '<html><body><p class="a">Gone</p><p hidden>Seen</p><iframe srcdoc="<p>Gone</p><p data-trawl-x=&quot;mine&quot;>In the frame</p>"></iframe></body></html>',
    );
    expect([...(await partSizes(env.CONTENT, key, [])).keys()]).toEqual(["html"]);
    expect(await content(key, "text")).toBe("Seen\n\nIn the frame\n");
    expect(await content(key, "markdown")).toBe("Seen\n\nIn the frame\n");
  });

  it("may have any number of marked elements", async () => {
    const html = `<html data-trawl-rendered-k3y="">${'<b data-trawl-hidden-k3y="">x</b><i data-trawl-block-k3y="">y</i>'.repeat(2000)}</html>`;
    const { key } = await save(htmlPage(html));
    expect([...(await partSizes(env.CONTENT, key, [])).keys()]).toEqual(["html", "marks"]);
    expect(await content(key, "html")).toBe(`<html>${"<b>x</b><i>y</i>".repeat(2000)}</html>`);
    expect(await content(key, "text")).toBe("y\n".repeat(2000));
  });

  it("has its links saved for the list of items if the batch asks for them", async () => {
    const html = '<a href="/a">a</a><a href="b#c">b</a><a href="mailto:x@example.org">m</a>';
    const linksOnPage = { absolute_links: true, exclude_links: ["/a"] };
    const { key } = await save(htmlPage(html), { linksOnPage });
    const [links] = await readLinks(env.CONTENT, [{ contentKey: key } as ItemRow]);
    expect(links).toEqual(["https://example.com/docs/b"]);
    expect([...(await partSizes(env.CONTENT, key, [])).keys()]).toEqual(["html", "links"]);
  });

  it("can have twenty thousand links, which are all in the list of items", async () => {
    const html = Array.from({ length: 20_000 }, (_, n) => `<a href="/item/${n}">Item ${n}</a>`).join("\n");
    const { key } = await save(htmlPage(html), { linksOnPage: { absolute_links: false } });
    const [links] = await readLinks(env.CONTENT, [{ contentKey: key } as ItemRow]);
    expect(links).toHaveLength(20_000);
    expect(links?.at(-1)).toBe("/item/19999");
  });
});

describe("a file", () => {
  const file = (mimeType: string, body: string): RenderedPage => ({
    kind: "file",
    httpStatus: 200,
    mimeType,
    encoding: undefined,
    body: new TextEncoder().encode(body),
  });

  it("of type JSON is saved as JSON, text and Markdown, without HTML", async () => {
    const { key } = await save(file("application/json", '{"a":1}'));
    expect(
      [...(await partSizes(env.CONTENT, key, ["html", "json", "markdown", "text"])).keys()].sort(),
    ).toEqual(["json", "markdown", "text"]);
    expect(await content(key, "json")).toBe('{"a":1}');
    expect(await content(key, "markdown")).toBe('```json\n{"a":1}\n```\n');
  });

  it("that is a scanned PDF is reported with a warning", async () => {
    const scan = { ...file("application/pdf", ""), body: pdfOf(["0 0 1 1 re f"]) };
    expect((await save(scan)).outcome).toMatchObject({ kind: "rendered", warnings: ["no_text_layer"] });
  });

  it("has an empty list of links if the batch asks for links", async () => {
    const { key } = await save(file("text/plain", "x"), { linksOnPage: { absolute_links: true } });
    expect(await readLinks(env.CONTENT, [{ contentKey: key } as ItemRow])).toEqual([[]]);
  });
});
