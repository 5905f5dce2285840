/** Makes the stored parts of a file: a response that is not HTML. */
import { RenderFailure } from "../../protocol/render-failure.ts";
import type { ContentPart } from "../stored-parts.ts";
import { markdownOfBlocks } from "./markdown.ts";
import { blocksOfLines, linesOfPdf, textOfLines } from "./pdf-text.ts";

export interface File {
  /** In lower case and without parameters. */
  mimeType: string;
  /** As stated by the server. */
  charset: string | undefined;
  body: Uint8Array;
}

/** Languages of code blocks, by the end of the MIME type. */
const languages = new Map([
  ["json", "json"],
  ["x-ndjson", "jsonl"],
  ["xml", "xml"],
  ["csv", "csv"],
  ["tab-separated-values", "tsv"],
  ["css", "css"],
  ["javascript", "js"],
  ["x-javascript", "js"],
  ["yaml", "yaml"],
  ["x-yaml", "yaml"],
  ["calendar", "ics"],
  ["vcard", "vcf"],
]);

/**
 * Makes the parts of a file: its text, and the same as Markdown, in a code block unless it is Markdown already. Valid JSON is
 * also stored as JSON. For a PDF, the parts are the text in it.
 *
 * @throws RenderFailure `unsupported_content_type` if a PDF cannot be read
 */
export async function partsOfFile({ mimeType, charset, body }: File): Promise<[ContentPart, string][]> {
  if (mimeType === "application/pdf") return partsOfPdf(body);
  const kind = mimeType.slice(Math.max(mimeType.lastIndexOf("/"), mimeType.lastIndexOf("+")) + 1);
  const text = decode(body, kind, charset);
  const parts: [ContentPart, string][] = [
    ["text", text],
    ["markdown", mimeType === "text/markdown" ? text : codeBlock(text, languages.get(kind) ?? "")],
  ];
  if (kind === "json" && isJson(text)) parts.push(["json", text]);
  return parts;
}

async function partsOfPdf(body: Uint8Array): Promise<[ContentPart, string][]> {
  try {
    const pages = await linesOfPdf(body);
    return [
      ["text", textOfLines(pages)],
      ["markdown", markdownOfBlocks(blocksOfLines(pages))],
    ];
  } catch (thrown) {
    const cause = thrown instanceof Error ? thrown.message : String(thrown);
    const message = `The server sent application/pdf, which cannot be read: ${cause.slice(0, 200)}`;
    throw new RenderFailure("unsupported_content_type", message);
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Wraps text in a fence longer than any in the text. */
function codeBlock(text: string, language: string): string {
  let longest = 2;
  for (const [ticks] of text.matchAll(/`{3,}/g)) longest = Math.max(longest, ticks.length);
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${fence}\n`;
}

/**
 * Decodes by, in this order: a byte order mark, UTF-8 for JSON (RFC 8259, section 8.1), the charset the server states, and
 * an XML declaration. Otherwise the text is UTF-8 if it is valid UTF-8, and else Windows-1252.
 */
function decode(body: Uint8Array, kind: string, charset: string | undefined): string {
  const stated = markedEncoding(body) ?? (kind === "json" || kind === "x-ndjson" ? "utf-8" : charset);
  const decoder = decoderOf(stated) ?? decoderOf(kind === "xml" ? declaredEncoding(body) : undefined);
  if (decoder) return decoder.decode(body);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(body);
  } catch {
    return new TextDecoder("windows-1252").decode(body);
  }
}

function markedEncoding([first, second, third]: Uint8Array): string | undefined {
  if (first === 0xef && second === 0xbb && third === 0xbf) return "utf-8";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return undefined;
}

function declaredEncoding(body: Uint8Array): string | undefined {
  const start = new TextDecoder("latin1").decode(body.subarray(0, 200));
  return /^<\?xml\s[^>]*?encoding\s*=\s*["']([\w.:-]+)["']/.exec(start)?.[1];
}

function decoderOf(encoding: string | undefined): TextDecoder | undefined {
  if (encoding === undefined) return undefined;
  try {
    return new TextDecoder(encoding);
  } catch {
    return undefined;
  }
}
