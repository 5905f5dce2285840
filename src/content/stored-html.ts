/**
 * Stores a page's HTML in R2 and reads it back. What is needed to read it is stored with it as R2 metadata: the page's URL, its
 * number of tags, and its marks. Marks that do not fit there are a part of their own, `marks`, which clients never see.
 */
import { type MarkList, PageHtml } from "./captured-html.ts";
import { memoryOfHtml } from "./content-memory.ts";
import { fitsInTree } from "./html-tree.ts";
import { getPart, putPart } from "./stored-parts.ts";

/** R2 keeps 8,192 bytes of metadata per object (developers.cloudflare.com/r2/platform/limits). */
export const MAX_URL = 6000;
/** Bytes. Marks that fit save a write, which costs as much as that of the HTML. */
export const MAX_MARKS_IN_METADATA = 1500;

type Metadata = {
  /** The page's own URL, which relative URLs in it resolve against. Cut off after MAX_URL characters. */
  url: string;
  /** Start and end tags in it, at most. */
  tags: string;
  /** Absent if they are a part of their own. */
  marks?: MarkList;
};

/** Stores a page's HTML. `url` is the page's own URL. @throws what R2 throws */
export async function putHtml(
  bucket: R2Bucket,
  key: string,
  { html, marks, tags }: PageHtml,
  url: string,
): Promise<void> {
  const metadata: Metadata = { url: url.slice(0, MAX_URL), tags: String(tags) };
  if (marks.length <= MAX_MARKS_IN_METADATA) {
    await putPart(bucket, key, "html", html, { ...metadata, marks });
  } else {
    await Promise.all([putPart(bucket, key, "html", html, metadata), putPart(bucket, key, "marks", marks)]);
  }
}

/** What is known of a page's HTML before it is read. */
export interface StoredHtml {
  /** Bytes. */
  size: number;
  tags: number;
  url: string;
  /** Undefined if they are a part of their own. */
  marks: MarkList | undefined;
}

export interface StoredPage {
  html: PageHtml;
  /** The page's own URL. */
  url: string;
}

/** Finds a page's HTML. Null if there is none, or if its tree would be too large. @throws what R2 throws */
export async function findHtml(bucket: R2Bucket, key: string): Promise<StoredHtml | null> {
  const about = await bucket.head(`${key}/html`);
  if (!about) return null;
  const { url = "about:blank", tags = "0", marks } = (about.customMetadata ?? {}) as Partial<Metadata>;
  if (!fitsInTree(about.size, Number(tags))) return null;
  return { size: about.size, tags: Number(tags), url, marks };
}

/** Bytes of memory that reading the page as a tree takes, at most. */
export function memoryOfStored({ size, tags }: StoredHtml): number {
  return memoryOfHtml({ length: size, bytes: size, isWide: true, tags });
}

/** Reads a page's HTML. Null if it was deleted meanwhile. @throws what R2 throws */
export async function readHtml(
  bucket: R2Bucket,
  key: string,
  { url, tags, marks }: StoredHtml,
): Promise<StoredPage | null> {
  const [html, list] = await Promise.all([
    textOfPart(bucket, key, "html"),
    marks ?? textOfPart(bucket, key, "marks"),
  ]);
  return html === null ? null : { html: new PageHtml(html, (list ?? "") as MarkList, tags), url };
}

async function textOfPart(bucket: R2Bucket, key: string, part: "html" | "marks"): Promise<string | null> {
  return (await getPart(bucket, key, part))?.text() ?? null;
}
