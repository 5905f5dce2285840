/** Reads the pages of a batch from a list of URLs, a CSV file or a sitemap. */
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { CsvError, parse } from "csv-parse/sync";
import { getElementsByTagName, textContent } from "domutils";
import { parseDocument } from "htmlparser2";
import { MAX_CUSTOM_ID_CHARACTERS } from "../../src/batch/request.ts";
import { UsageError } from "../command-line/arguments.ts";

export interface BatchItem {
  custom_id: string;
  url: string;
  metadata?: Record<string, string>;
}

export interface Input {
  items: BatchItem[];
  /** Lines that named a page a second time. */
  duplicates: number;
}

/** Sitemaps that a sitemap index may lead to. The sitemap protocol allows 50,000; no list here is that long. */
const MAX_SITEMAPS = 500;
const FETCH_LIMIT_MS = 60_000;

/**
 * @param source a file, `-` for standard input, or the URL of a sitemap. What it holds decides how it is read
 * @throws {UsageError} if it cannot be read, or names no page
 */
export async function readInput(source: string, stdin: NodeJS.ReadStream = process.stdin): Promise<Input> {
  const content = await contentOf(source, stdin);
  const rows = isXml(content)
    ? await sitemapRows(content)
    : isCsv(content)
      ? csvRows(content)
      : lines(content);
  const items: BatchItem[] = [];
  const known = new Set<string>();
  for (const [i, { url, custom_id, ...metadata }] of rows.entries()) {
    if (!url) throw new UsageError(`Row ${i + 1} of ${source} has no url.`);
    const id = custom_id || (url.length <= MAX_CUSTOM_ID_CHARACTERS ? url : `page-${i + 1}`);
    if (known.has(id)) continue;
    known.add(id);
    const given = Object.entries(metadata).filter(([, value]) => value !== "");
    items.push({ custom_id: id, url, ...(given.length > 0 && { metadata: Object.fromEntries(given) }) });
  }
  if (items.length === 0) throw new UsageError(`${source} names no page.`);
  return { items, duplicates: rows.length - items.length };
}

type Row = Record<string, string>;

async function contentOf(source: string, stdin: NodeJS.ReadStream): Promise<string> {
  if (source === "-") return text(stdin);
  if (/^https?:\/\//i.test(source)) return fetched(source);
  try {
    return decoded(readFileSync(source));
  } catch (error) {
    throw new UsageError(`${source} cannot be read: ${(error as Error).message}.`);
  }
}

function isXml(content: string): boolean {
  return /^\uFEFF?\s*</.test(content);
}

/** A CSV file has a header with a column `url`. */
function isCsv(content: string): boolean {
  const [header = ""] = content.replace(/^\uFEFF/, "").split(/\r?\n/, 1);
  return header.split(/[,;\t]/).some((name) => name.trim().replaceAll('"', "").toLowerCase() === "url");
}

/** One URL per line. Empty lines and comments are skipped. */
function lines(content: string): Row[] {
  return content
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((url) => ({ url }));
}

/** The columns `url` and `custom_id` are the page's. All others are metadata. */
function csvRows(content: string): Row[] {
  try {
    return parse(content, {
      bom: true,
      columns: (header: string[]) => header.map(columnName),
      delimiter: [",", ";", "\t"],
      skip_empty_lines: true,
      trim: true,
    });
  } catch (error) {
    if (error instanceof CsvError) throw new UsageError(`The CSV file is malformed: ${error.message}.`);
    throw error;
  }
}

function columnName(given: string): string {
  const name = given.trim();
  return ["url", "custom_id"].find((own) => own === name.toLowerCase()) ?? name;
}

/** The pages of a sitemap, and of those that an index names (sitemaps.org/protocol.html). */
async function sitemapRows(content: string): Promise<Row[]> {
  const rows: Row[] = [];
  const waiting = [content];
  const seen = new Set<string>();
  for (let xml = waiting.shift(); xml !== undefined; xml = waiting.shift()) {
    const document = parseDocument(xml, { xmlMode: true });
    const locations = (name: string) =>
      getElementsByTagName(name, document).flatMap((element) =>
        getElementsByTagName("loc", element)
          .slice(0, 1)
          .map((loc) => textContent(loc).trim()),
      );
    rows.push(...locations("url").map((url) => ({ url })));
    for (const url of locations("sitemap")) {
      if (seen.has(url)) continue;
      seen.add(url);
      if (seen.size > MAX_SITEMAPS)
        throw new UsageError(`The sitemap index names more than ${MAX_SITEMAPS} sitemaps.`);
      waiting.push(await fetched(url));
    }
  }
  return rows;
}

async function fetched(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_LIMIT_MS) });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    return decoded(Buffer.from(await response.arrayBuffer()));
  } catch (error) {
    throw new UsageError(`${url} cannot be read: ${(error as Error).message}.`);
  }
}

/** Sitemaps are often compressed. */
function decoded(bytes: Buffer): string {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return (isGzip ? gunzipSync(bytes) : bytes).toString("utf8");
}
