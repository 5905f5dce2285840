/** Who wrote an article, when, and which of its parts belong to it. */
import { describe, expect, it } from "vitest";
import { CapturedHtml } from "../../../src/content/captured-html.ts";
import { parseHtml, runOn } from "../parse-page.ts";

const sentence =
  "The dredger works in the outer basin, and the ferries use the old pier, until the tide turns. ";
const paragraphs = `<p>${sentence.repeat(3)}</p>`.repeat(4);

interface Article {
  byline?: string;
  published?: string;
  excerpt?: string;
  content: string;
}

function article({ head = "", top = "", body = paragraphs, lang = "en" }): Article {
  const html = `<html lang="${lang}"><head>${head}</head><body><article><h1>Dredging</h1>${top}${body}</article></body></html>`;
  return parseHtml("article", html) as unknown as Article;
}

describe("the byline", () => {
  it.each([
    ['<p class="byline">By Ida Vance</p>', "Ida Vance"],
    ['<p class="byline">By By Ida Vance</p>', "Ida Vance"],
    ['<p class="byline">Written by: Ida Vance</p>', "Ida Vance"],
    ['<p class="byline">By Ida Vance, Senior Writer</p>', "Ida Vance"],
    ['<p class="byline">By Ida Vance | March 14, 2026</p>', "Ida Vance"],
    ['<p class="byline">By Ida Vance, Sat, March 14, 2026</p>', "Ida Vance"],
    ['<p class="byline">March 14, 2026 by Ida Vance</p>', "Ida Vance"],
    ['<p class="byline">By Ida Vance and Rolf Moe · 4 min read</p>', "Ida Vance and Rolf Moe"],
    ['<p class="byline"><time datetime="2026-03-14">March 14, 2026</time></p>', undefined],
    ['<p class="byline">Saturday, 14 March 2026, 10:30</p>', undefined],
    ['<p class="byline">Staff Reporter</p>', undefined],
    ['<p class="byline">By Ida Vance March 14, 2026</p>', "Ida Vance"],
    ['<p class="byline">By Ida Vance and Rolf Moe, Staff Writers</p>', "Ida Vance and Rolf Moe"],
    ['<p class="byline">Posted on March 14, 2026 by Ida Vance in Harbours</p>', "Ida Vance"],
    ['<p class="byline">作者：張小明</p>', "張小明"],
    ['<p class="byline">Yesterday</p>', undefined],
    ['<p class="byline">3 hours ago</p>', undefined],
  ])("of %j is %s", (top, byline) => {
    expect(article({ top }).byline).toBe(byline);
  });

  it.each([
    ['<meta name="author" content="By Ida Vance">', "Ida Vance"],
    [
      '<meta name="citation_author" content="Vance, Ida"><meta name="citation_author" content="Moe, Rolf">',
      "Ida Vance, Rolf Moe",
    ],
    [
      '<meta name="dc.creator" content="van der Meer, Ida"><meta name="dc.creator" content="Ferry Office">',
      "Ida van der Meer, Ferry Office",
    ],
    ['<meta name="citation_author" content="Ida Vance, Rolf Moe">', "Ida Vance, Rolf Moe"],
    ['<meta name="DC.Creator" content="Ida Vance">', "Ida Vance"],
    ['<meta property="article:author" content="https://social.example/ida">', undefined],
    [
      '<script type="application/ld+json">{"@type":"Article","author":[{"name":"Ida Vance"},{"name":"Ida Vance"}]}</script>',
      "Ida Vance",
    ],
  ])("of %j is %s", (head, byline) => {
    expect(article({ head }).byline).toBe(byline);
  });

  it("is read apart from what stands beside it", () => {
    const byline = '<p class="byline"><b [block]>By Ida Vance</b><i [block]>4 min read</i></p>';
    const html = `<html data-trawl-rendered-k3y><body><article>${byline}${paragraphs}</article></body></html>`;
    const marked = html.replaceAll("[block]", "data-trawl-block-k3y");
    const input = { html: new CapturedHtml(marked, "k3y").toPageHtml(), url: "https://page.example/" };
    expect(runOn("article", input)).toMatchObject({ byline: "Ida Vance" });
  });

  it("knows the language's word for by", () => {
    expect(article({ top: '<p class="byline">Von Ida Vance</p>', lang: "de" }).byline).toBe("Ida Vance");
    expect(article({ top: '<p class="byline">Par Ida Vance, journaliste</p>', lang: "fr" }).byline).toBe(
      "Ida Vance",
    );
  });
});

describe("the date of publication", () => {
  it.each([
    ["citation_publication_date", "2026/03/14", "2026-03-14"],
    ["citation_date", "2026/03", "2026-03"],
    ["citation_online_date", "14 March 2026", "2026-03-14"],
    ["DC.Date", "2026-03-14", "2026-03-14"],
    ["dc.date.issued", "20260314", "2026-03-14"],
    ["article:published_time", "2026-03-14T07:30:00Z", "2026-03-14T07:30:00Z"],
    ["parsely-pub-date", "2026-03-14T07:30:00+01:00", "2026-03-14T07:30:00+01:00"],
  ])("is read from the meta element %s", (name, content, published) => {
    expect(article({ head: `<meta name="${name}" content="${content}">` }).published).toBe(published);
    expect(parseHtml("metadata", `<title>T</title><meta name="${name}" content="${content}">`)).toMatchObject(
      {
        published: content,
      },
    );
  });

  it.each([
    '<time pubdate datetime="2026-03-14">Saturday</time>',
    "<time pubdate>March 14, 2026</time>",
    '<time datetime="2026-03-14">Saturday</time>',
    '<span itemprop="datePublished" content="2026-03-14">Saturday</span>',
    '<p class="byline">By Ida Vance | March 14, 2026</p>',
    '<p class="post-date">Posted on March 14, 2026</p>',
    '<meta name="date" content="yesterday"><time datetime="2026-03-14"></time>',
  ])("is read from %s", (top) => {
    expect(article({ top }).published).toBe("2026-03-14");
  });
});

describe("the content", () => {
  it("has text that is hidden from screen readers only", () => {
    const body = `<p>Then the <ruby><rb aria-hidden="true">港</rb><rt aria-hidden="true">minato</rt></ruby>
      opened <i class="icon" aria-hidden="true">again</i>. ${sentence}</p>${paragraphs}`;
    const { content } = article({ body });
    expect(content).toContain("港(minato)");
    expect(content).toContain("again");
  });

  it("has what the browser shows, whatever its attributes say", () => {
    const html = `<html data-trawl-rendered-k3y><body><article><h1>Dredging</h1>${paragraphs}
      <p hidden>Shown. ${sentence}</p><p data-trawl-hidden-k3y>Unseen. ${sentence}</p></article></body></html>`;
    const input = { html: new CapturedHtml(html, "k3y").toPageHtml(), url: "https://page.example/" };
    const { content } = runOn("article", input) as unknown as Article;
    expect(content).toContain("Shown.");
    expect(content).not.toContain("Unseen.");
  });

  it("has headings in buttons and around them, but no other buttons", () => {
    const body = `<h2><button type="button">When it ends</button></h2>${paragraphs}
      <button><h3>Who pays</h3></button>${paragraphs}<button>Subscribe</button>`;
    const { content } = article({ body });
    expect(content).toContain("## When it ends");
    expect(content).toContain("### Who pays");
    expect(content).not.toContain("Subscribe");
  });

  it("has formulas", () => {
    const tex = '<annotation encoding="application/x-tex">a^2</annotation>';
    const body = `<p>It covers <math><semantics><msup><mi>a</mi><mn>2</mn></msup>${tex}</semantics></math>. ${sentence}</p>`;
    const { content, excerpt } = article({ body: body + paragraphs });
    expect(content).toContain("It covers $a^2$.");
    expect(excerpt).toContain("It covers $a^2$.");
  });
});
