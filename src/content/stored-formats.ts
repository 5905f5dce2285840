/**
 * The formats in which clients get a page's content.
 *
 * An HTML page is stored as HTML. Its Markdown and text are made when they are first requested, and then stored: few clients
 * request all formats of all pages, and writing one to R2 costs as much as the page's share of a browser.
 */

import { withMemory } from "./content-memory.ts";
import { writeMarkdown } from "./extract/markdown.ts";
import { writeText } from "./extract/plain-text.ts";
import { visiblePage } from "./extract/visible-page.ts";
import { findHtml, memoryOfStored, readHtml, type StoredPage } from "./stored-html.ts";
import { type ContentPart, getPart, putPart } from "./stored-parts.ts";

export const formats = ["html", "markdown", "json", "text"] as const satisfies readonly ContentPart[];
export type Format = (typeof formats)[number];

export const fileExtensions: Record<Format, string> = {
  html: "html",
  markdown: "md",
  json: "json",
  text: "txt",
};

const derived = ["markdown", "text"] as const satisfies readonly Format[];
export type Derived = (typeof derived)[number];

/**
 * The size in bytes of each part of a rendering. Formats in `wanted` that can be made from the HTML are made first.
 *
 * @throws what R2 throws
 */
export async function partSizes(
  bucket: R2Bucket,
  key: string,
  wanted: readonly Format[],
): Promise<Map<string, number>> {
  const { objects } = await bucket.list({ prefix: `${key}/` });
  const sizes = new Map(objects.map(({ key: name, size }) => [name.slice(key.length + 1), size]));
  const missing = derived.filter((format) => wanted.includes(format) && !sizes.has(format));
  if (missing.length === 0 || !sizes.has("html")) return sizes;
  for (const [format, size] of await derive(bucket, key, missing)) sizes.set(format, size);
  return sizes;
}

/** The size and type of one format of a rendering, or null if the page does not have it. @throws what R2 throws */
export async function describeFormat(
  bucket: R2Bucket,
  key: string,
  format: Format,
): Promise<R2Object | null> {
  const name = `${key}/${format}`;
  const stored = await bucket.head(name);
  if (stored || !isDerived(format)) return stored;
  return (await derive(bucket, key, [format])).has(format) ? bucket.head(name) : null;
}

/** One format of a rendering, or null if the page does not have it. @throws what R2 throws */
export async function readFormat(
  bucket: R2Bucket,
  key: string,
  format: Format,
  options?: R2GetOptions,
): Promise<R2ObjectBody | null> {
  const stored = await getPart(bucket, key, format, options);
  if (stored || !isDerived(format)) return stored;
  return (await derive(bucket, key, [format])).has(format) ? getPart(bucket, key, format, options) : null;
}

export function isDerived(format: Format): format is Derived {
  return (derived as readonly Format[]).includes(format);
}

/** How many calls to R2 `derive` makes at most: so many in any case, and so many for each format. */
export const deriveCalls = { base: 3, perFormat: 2 };

/**
 * Makes formats from a page's HTML and stores them. Returns their sizes in bytes; the map is empty if they cannot be
 * made.
 *
 * @throws what R2 throws; TimeLimitError if there is no room in memory for 20 s
 */
export async function derive(
  bucket: R2Bucket,
  key: string,
  wanted: readonly Derived[],
): Promise<Map<Derived, number>> {
  const made = new Map<Derived, number>();
  const stored = await findHtml(bucket, key);
  if (!stored) return made;
  return withMemory(memoryOfStored(stored), async () => {
    const page = await readHtml(bucket, key, stored);
    if (!page) return made;
    for (const [format, body] of bodiesOf(page, wanted)) {
      await store(bucket, key, format, body);
      made.set(format, body.byteLength);
    }
    return made;
  });
}

/** All bodies at once, so that nothing keeps the page's tree while they are stored. */
function bodiesOf({ html, url }: StoredPage, wanted: readonly Derived[]): [Derived, Uint8Array][] {
  const page = visiblePage(html, url);
  const encoder = new TextEncoder();
  return wanted.map((format) => [
    format,
    encoder.encode(format === "markdown" ? writeMarkdown(page) : writeText(page)),
  ]);
}

/**
 * Another request may be storing the same format. R2 accepts one write per second to an object, and rejects the others.
 */
async function store(bucket: R2Bucket, key: string, format: Derived, body: Uint8Array): Promise<void> {
  try {
    await putPart(bucket, key, format, body);
  } catch (thrown) {
    if (!(await bucket.head(`${key}/${format}`))) throw thrown;
  }
  // If the batch's content was deleted in the meantime, nothing else would delete this.
  if (!(await bucket.head(`${key}/html`))) await bucket.delete(`${key}/${format}`);
}
