/**
 * The forms in which clients get a page's content.
 *
 * A page that is HTML is kept as that. Its Markdown and text are made when they are first asked for: few clients ask for
 * all forms of all pages, and each form made early would cost a write to R2 as dear as the page's share of a browser.
 */

import { writeMarkdown } from "./extract/markdown.ts";
import { writeText } from "./extract/plain-text.ts";
import { visiblePage } from "./extract/visible-page.ts";
import { readHtml } from "./stored-html.ts";
import { type ContentPart, getPart, putPart } from "./stored-parts.ts";

export const formats = ["html", "markdown", "json", "text"] as const satisfies readonly ContentPart[];
export type Format = (typeof formats)[number];

const derived = ["markdown", "text"] as const satisfies readonly Format[];
type Derived = (typeof derived)[number];

/**
 * Size in bytes of each part of a rendering, those of `wanted` that can be made of the HTML included: they are made now.
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

/** Size and type of one format of a rendering. Null if the page does not have it. @throws what R2 throws */
export async function describeFormat(
  bucket: R2Bucket,
  key: string,
  format: Format,
): Promise<R2Object | null> {
  const name = `${key}/${format}`;
  const kept = await bucket.head(name);
  if (kept || !isDerived(format)) return kept;
  return (await derive(bucket, key, [format])).has(format) ? bucket.head(name) : null;
}

/** One format of a rendering. Null if the page does not have it. @throws what R2 throws */
export async function readFormat(
  bucket: R2Bucket,
  key: string,
  format: Format,
  options?: R2GetOptions,
): Promise<R2ObjectBody | null> {
  const kept = await getPart(bucket, key, format, options);
  if (kept || !isDerived(format)) return kept;
  return (await derive(bucket, key, [format])).has(format) ? getPart(bucket, key, format, options) : null;
}

function isDerived(format: Format): format is Derived {
  return (derived as readonly Format[]).includes(format);
}

/** Makes formats of a page's HTML and keeps them. Answers their sizes in bytes, or nothing if they cannot be made. */
async function derive(
  bucket: R2Bucket,
  key: string,
  wanted: readonly Derived[],
): Promise<Map<Derived, number>> {
  const made = new Map<Derived, number>();
  const stored = await readHtml(bucket, key);
  if (!stored) return made;
  const page = visiblePage(stored.html, stored.url);
  for (const format of wanted) {
    const body = new TextEncoder().encode(format === "markdown" ? writeMarkdown(page) : writeText(page));
    await keep(bucket, key, format, body);
    made.set(format, body.byteLength);
  }
  return made;
}

/** Others may be making the same at the same time. R2 takes one write a second of an object, and refuses the rest. */
async function keep(bucket: R2Bucket, key: string, format: Derived, body: Uint8Array): Promise<void> {
  try {
    await putPart(bucket, key, format, body);
  } catch (thrown) {
    if (!(await bucket.head(`${key}/${format}`))) throw thrown;
  }
  // The batch's content may have been removed in the meantime. Then nobody would remove this.
  if (!(await bucket.head(`${key}/html`))) await bucket.delete(`${key}/${format}`);
}
