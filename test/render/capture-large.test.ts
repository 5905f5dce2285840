/** Captures pages as large as they may be, and larger. */
import { describe, expect, it } from "vitest";
import { captured, doctype, kept, shown } from "./capturing.ts";

describe("a large page", () => {
  /** Laying out so long a line would take the browser many seconds. */
  const empty = `${doctype}<body hidden></body>`;

  it("is captured whole even if it does not fit into one message", async () => {
    const script = `document.body.textContent = "a" + "\u044f".repeat(7_000_000) + "z";`;
    const html = await kept(empty, script);
    expect(/<body hidden="">(.*)<\/body>/.exec(html)?.[1] === `a${"\u044f".repeat(7_000_000)}z`).toBe(true);
  });

  it("fails with page_too_large if it exceeds the size limit, and leaves the tab unharmed", async () => {
    const script = `document.body.textContent = "x".repeat(40 * 1024 * 1024);`;
    await expect(captured(empty, script)).rejects.toMatchObject({
      code: "page_too_large",
    });
    expect(await shown(`${doctype}<p>Small`)).toBe("Small\n");
  });

  it("of 5 MB and 60,000 elements is captured", async () => {
    const html = `${doctype}${`<p>${"words ".repeat(28)}<a href="/x">link</a></p>\n`.repeat(25_000)}`;
    const page = await captured(html);
    expect(page.html.bytes).toBeGreaterThan(4_500_000);
  });
});
