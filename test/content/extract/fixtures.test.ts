/** Golden files: each fixtures/NAME.html becomes NAME.md and NAME.txt. */
import { describe, expect, it } from "vitest";
import { markdownOfPage } from "../../../src/content/extract/markdown.ts";
import { textOfPage } from "../../../src/content/extract/plain-text.ts";

declare global {
  interface ImportMeta {
    /** Provided by Vite: modules by path, here the text of the files. */
    glob(pattern: string, options: { query: "?raw"; import: "default"; eager: true }): Record<string, string>;
  }
}

const files = import.meta.glob("./fixtures/*", { query: "?raw", import: "default", eager: true });
const names = Object.keys(files)
  .filter((path) => path.endsWith(".html"))
  .map((path) => path.slice("./fixtures/".length, -".html".length));
const url = "https://example.com/docs/guide.html";

describe("Markdown and text match the golden files", () => {
  it.each(names)("%s", (name) => {
    const html = files[`./fixtures/${name}.html`] ?? "";
    expect(markdownOfPage(html, url)).toBe(files[`./fixtures/${name}.md`]);
    expect(textOfPage(html, url)).toBe(files[`./fixtures/${name}.txt`]);
  });
});

it("all special characters of a very long text are escaped", () => {
  const signs = "*a* [b](c) &amp; ".repeat(10_000);
  const markdown = markdownOfPage(`<p>${signs}</p>`, url);
  expect(markdown).toBe(`${"\\*a\\* \\[b]\\(c) & ".repeat(10_000).trim()}\n`);
});
