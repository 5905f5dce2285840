/**
 * Page content in R2.
 *
 * One rendering writes under one key, `content/<account>/<batch>/<item>-<rendering>`, and its parts lie below it. Two
 * renderings of an item never share a key, so that a late one cannot overwrite what the batch has counted. The item's
 * row names the key of the rendering that counted.
 *
 * A page that is HTML has the part `html`; its Markdown and text are derived when they are first asked for, and kept: see
 * formats.ts. What the browser knew of the page beyond its HTML is kept with the part `html`, or if it is much, as a part
 * of its own, `marks`: see extract/marks.ts. Clients never see it.
 * A page that is not HTML has those parts that make sense for it, and no `html`.
 */
export type ContentPart = "html" | "markdown" | "text" | "json" | "links" | "marks";

const contentTypes: Record<ContentPart, string> = {
  html: "text/html; charset=utf-8",
  markdown: "text/markdown; charset=utf-8",
  text: "text/plain; charset=utf-8",
  json: "application/json; charset=utf-8",
  links: "application/json; charset=utf-8",
  marks: "text/plain; charset=utf-8",
};

/** All content of a batch lies below this prefix. */
export function batchPrefix(accountId: string, batchId: string): string {
  return `content/${accountId}/${batchId}/`;
}

/** Where the rendering with the number `rendering` (from 1) of item `idx` (from 0) puts its parts. */
export function contentKey(accountId: string, batchId: string, idx: number, rendering: number): string {
  return `${batchPrefix(accountId, batchId)}${idx}-${rendering}`;
}

/** What the part `html` says of itself, as R2's custom metadata. */
export type HtmlFacts = {
  /** The page's own address: what relative addresses in it resolve against. Cut after MAX_URL characters. */
  url: string;
  /** Elements in it, at most. */
  tags: string;
  /** The marks taken out of it. Absent if they are a part of their own. */
  marks?: string;
};

/** R2 keeps 8,192 bytes of metadata with an object (developers.cloudflare.com/r2/platform/limits). */
export const MAX_URL = 6000;
/** Characters, all of them ASCII. A page with no more saves a write, which costs as much as that of its HTML. */
export const MAX_MARKS_IN_FACTS = 1500;

/** Writes one part. @throws what R2 throws. */
export async function putPart(
  bucket: R2Bucket,
  key: string,
  part: ContentPart,
  body: string | Uint8Array,
  customMetadata?: HtmlFacts,
): Promise<void> {
  await bucket.put(`${key}/${part}`, body, {
    httpMetadata: { contentType: contentTypes[part] },
    customMetadata,
  });
}

/** One part, or null if there is none. `range` as R2 has it. @throws what R2 throws. */
export async function getPart(
  bucket: R2Bucket,
  key: string,
  part: ContentPart,
  options?: R2GetOptions,
): Promise<R2ObjectBody | null> {
  return (await bucket.get(`${key}/${part}`, options)) as R2ObjectBody | null;
}
