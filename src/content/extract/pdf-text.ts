/** Extracts the text of PDFs with a build of Mozilla's PDF.js that runs in Workers. It is loaded with the first PDF. */
import type { BlockContent } from "mdast";
import { CharacterMaps } from "./character-maps.ts";

/** Most pages that are read. One takes about 20 ms. */
const MAX_PAGES = 300;
/** Most text that is read. A small PDF can unpack to hundreds of megabytes. */
const maxText: Text = { characters: 8_000_000, pieces: 500_000 };

/** An amount of text. PDFs write it in pieces of a word or a line. */
interface Text {
  characters: number;
  pieces: number;
}

/**
 * The lines of text on each page, with an empty line between paragraphs. Stops after `most` text.
 *
 * @throws Error if the PDF cannot be read
 */
export async function linesOfPdf(body: Uint8Array, most = maxText): Promise<string[][]> {
  const { getDocumentProxy } = await import("unpdf");
  // PDF.js transfers the bytes, so it gets a copy.
  const document = await getDocumentProxy(new Uint8Array(body), {
    BinaryDataFactory: CharacterMaps,
    cMapPacked: true,
  });
  try {
    const pages: string[][] = [];
    const left = { ...most };
    for (let number = 1; number <= Math.min(document.numPages, MAX_PAGES) && isAny(left); number++) {
      const page = await document.getPage(number);
      pages.push(await linesOfPage(page.streamTextContent(), left));
      page.cleanup();
    }
    return pages;
  } finally {
    await document.loadingTask.destroy();
  }
}

/** Reads until the page ends or nothing is left of what may be read. */
async function linesOfPage(content: ReadableStream<{ items: object[] }>, left: Text): Promise<string[]> {
  const lines = [""];
  const reader = content.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    const { items } = next.value;
    for (const item of items) {
      if (!("str" in item) || typeof item.str !== "string") continue;
      lines[lines.length - 1] += item.str;
      if ("hasEOL" in item && item.hasEOL) lines.push("");
      left.characters -= item.str.length;
    }
    left.pieces -= items.length;
    // PDF.js unpacks no more of the page then. It insists on an error.
    if (!isAny(left)) await reader.cancel(new Error("This is enough text."));
  }
  return lines.map((line) => line.trim());
}

function isAny({ characters, pieces }: Text): boolean {
  return characters > 0 && pieces > 0;
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
