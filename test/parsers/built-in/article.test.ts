import { describe, expect, it } from "vitest";
import { CapturedHtml } from "../../../src/content/captured-html.ts";
import { parseHtml, parsePage, runOn } from "../parse-page.ts";

describe("@trawl/article", () => {
  it("reads the story without the page around it", async () => {
    expect(await parsePage("article", "/news/market-hall")).toEqual({
      title: "Market hall keeps its glass roof",
      byline: "Town desk",
      published: "2026-06-21T16:45:00Z",
      site_name: "The Estuary Post",
      language: "en",
      excerpt: "The council voted by a narrow margin to repair the roof and not to replace it.",
      image: "SITE/assets/img/market-hall.png",
      content: `By the Town desk, 2026-06-21

**The council voted by a narrow margin to repair the roof and not to replace it.**

![Photograph for: Market hall keeps its glass roof](SITE/assets/img/market-hall.png)

Picture taken last week from the ferry.

Repairing costs a fifth more, but the hall stays open on three days a week while the work goes on.

Stallholders had collected four thousand signatures. They will bear part of the cost through higher fees in the two years to come.
`,
      length: 490,
    });
  });

  it("keeps headings, code with its language, and quotes", async () => {
    const article = await parsePage("article", "/docs/getting-started");
    expect(article).toMatchObject({ title: "Getting started" });
    const { content } = article as { content: string };
    for (const part of ["## Install", "```toml\n[step.compile]", "> A step without `inputs` always runs."]) {
      expect(content).toContain(part);
    }
  });

  it.each(["", "<head>", "<html><head></head><body>", "<body><body>"])(
    "finds an article after %j",
    (before) => {
      const text = "A sentence, long enough to count, with commas, so that it is taken for text. ".repeat(3);
      expect(parseHtml("article", `${before}<p>${text}</p>`)).toMatchObject({ content: `${text.trim()}\n` });
    },
  );

  it("leaves out hidden elements, and tolerates names that XML does not allow", () => {
    const text = "A sentence, long enough to count, with commas, so that it is taken for text. ".repeat(8);
    const html = `<html><body><article a<b="1" @click="x"><h1>Title</h1><p>${text}</p>
      <p hidden>Secret</p><p>Unseen</p><x:y z'="2">kept &amp; "quoted" <b>5 &lt; 6</b></x:y></article></body></html>`;
    const captured = new CapturedHtml(html.replace(">Unseen", " data-trawl-hidden-k3y>Unseen"), "k3y");
    const input = { html: captured.toPageHtml(), url: "https://page.example/" };
    const { content } = runOn("article", input) as { content: string };
    expect(content).not.toMatch(/Secret|Unseen/);
    expect(content).toContain('kept & "quoted" **5 < 6**');
  });
});
