/** Makes the stored parts of a file: a response that is not HTML. */
import { RenderFailure } from "../../protocol/render-failure.ts";
import type { WarningCode } from "../../protocol/warning-codes.ts";
import { countJsonValues } from "../../text/json-values.ts";
import { withObjectRoot } from "../json-root.ts";
import type { ContentPart } from "../stored-parts.ts";
import { markdownOfBlocks } from "./markdown.ts";
import { blocksOfLines, linesOfPdf, textOfLines } from "./pdf-text.ts";
import { decodeText } from "./text-encoding.ts";

export interface File {
  /** In lower case and without parameters. */
  mimeType: string;
  /** Of text: a name from the Encoding Standard. */
  encoding?: string | undefined;
  body: Uint8Array;
}

export interface FileParts {
  parts: [ContentPart, string][];
  /** Absent if there are none. */
  warnings?: WarningCode[];
}

/** Most values in a file that is kept as JSON. Each takes 20 to 50 bytes while the file is checked. */
const MAX_JSON_VALUES = 1_000_000;

/** Languages of code blocks, by the end of the MIME type. */
const languages = new Map([
  ["json", "json"],
  ["jsonl", "jsonl"],
  ["jsonlines", "jsonl"],
  ["json-lines", "jsonl"],
  ["json-seq", "jsonl"],
  ["ndjson", "jsonl"],
  ["xml", "xml"],
  ["csv", "csv"],
  ["comma-separated-values", "csv"],
  ["tab-separated-values", "tsv"],
  ["css", "css"],
  ["javascript", "js"],
  ["yaml", "yaml"],
  ["calendar", "ics"],
  ["vcard", "vcf"],
]);

/**
 * Makes the parts of a file: its text, and the same as Markdown, in a code block unless it is Markdown already. Valid JSON is
 * also stored as JSON, with an object at its root, unless it has too many values. For a PDF, the parts are the text in it, with
 * a warning if there is none.
 *
 * @throws RenderFailure `unsupported_content_type` if a PDF cannot be read
 */
export async function partsOfFile({ mimeType, encoding, body }: File): Promise<FileParts> {
  if (mimeType === "application/pdf") return partsOfPdf(body);
  const [, kind = ""] = /(?:[/+])(?:x-)?([^/+]*)$/.exec(mimeType) ?? [];
  const text = decodeText(body, encoding);
  const parts: FileParts["parts"] = [
    ["text", text],
    ["markdown", mimeType === "text/markdown" ? text : codeBlock(text, languages.get(kind) ?? "")],
  ];
  if (kind === "json" && isJson(text)) parts.push(["json", withObjectRoot(text)]);
  return { parts };
}

async function partsOfPdf(body: Uint8Array): Promise<FileParts> {
  try {
    const pages = await linesOfPdf(body);
    const text = textOfLines(pages);
    return {
      parts: [
        ["text", text],
        ["markdown", markdownOfBlocks(blocksOfLines(pages))],
      ],
      ...(text === "" ? { warnings: ["no_text_layer"] } : {}),
    };
  } catch (thrown) {
    const cause = thrown instanceof Error ? thrown.message : String(thrown);
    const message = `The server sent application/pdf, which cannot be read: ${cause.slice(0, 200)}`;
    throw new RenderFailure("unsupported_content_type", message);
  }
}

function isJson(text: string): boolean {
  if (countJsonValues(text) > MAX_JSON_VALUES) return false;
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
