/**
 * Page content in R2.
 *
 * One rendering writes under one key, `content/<account>/<batch>/<item>-<rendering>`, and its parts lie below it. Two
 * renderings of an item never share a key, so that a late one cannot overwrite what the batch has counted. The item's
 * row names the key of the rendering that counted.
 *
 * An HTML page has the part `html` (see stored-html.ts). Its Markdown and text are made and stored when they are first asked
 * for (see stored-formats.ts). A file has the parts that make sense for it, and no `html`.
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

/** Writes one part. @throws what R2 throws. */
export async function putPart(
  bucket: R2Bucket,
  key: string,
  part: ContentPart,
  body: string | Uint8Array,
  customMetadata?: Record<string, string>,
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
