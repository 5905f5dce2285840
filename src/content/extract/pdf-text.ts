/** Extracts the text of PDFs with a build of Mozilla's PDF.js that runs in Workers. It is loaded with the first PDF. */
import type { BlockContent } from "mdast";

/** Most pages that are read. One takes about 20 ms. */
const MAX_PAGES = 300;

/** The lines of text on each page, with an empty line between paragraphs. @throws Error if the PDF cannot be read */
export async function linesOfPdf(body: Uint8Array): Promise<string[][]> {
  const { getDocumentProxy } = await import("unpdf");
  // PDF.js transfers the bytes, so it gets a copy.
  const document = await getDocumentProxy(body.slice());
  try {
    const pages: string[][] = [];
    for (let number = 1; number <= Math.min(document.numPages, MAX_PAGES); number++) {
      const page = await document.getPage(number);
      const { items } = await page.getTextContent();
      pages.push(linesOf(items));
      page.cleanup();
    }
    return pages;
  } finally {
    await document.loadingTask.destroy();
  }
}

function linesOf(items: readonly object[]): string[] {
  const lines = [""];
  for (const item of items) {
    if (!("str" in item) || typeof item.str !== "string") continue;
    lines[lines.length - 1] += item.str;
    if ("hasEOL" in item && item.hasEOL) lines.push("");
  }
  return lines.map((line) => line.trim());
}

/** The text, with a blank line between pages. */
export function textOfLines(pages: readonly string[][]): string {
  const text = pages.map((lines) => lines.join("\n").trim()).join("\n\n");
  return text.trim() === "" ? "" : `${text.trim()}\n`;
}

/** The pages as Markdown blocks, with a rule between them. */
export function blocksOfLines(pages: readonly string[][]): BlockContent[] {
  const blocks: BlockContent[] = [];
  for (const lines of pages) {
    const paragraphs = lines
      .join("\n")
      .split(/\n{2,}/)
      .filter((paragraph) => paragraph.trim() !== "");
    if (blocks.length > 0 && paragraphs.length > 0) blocks.push({ type: "thematicBreak" });
    for (const value of paragraphs) {
      blocks.push({ type: "paragraph", children: [{ type: "text", value: value.trim() }] });
    }
  }
  return blocks;
}
