/**
 * The parts of a page's content in R2, and their keys.
 *
 * Each rendering has a key, `content/<account>/<batch>/<item>-<rendering>`, and its parts are stored below it. Renderings of
 * an item never share a key, so a late one cannot overwrite the one that the batch has counted. The item's row has the key of
 * the rendering that counted.
 *
 * An HTML page has the part `html` (see stored-html.ts). Its Markdown and text are made and stored when they are first
 * requested (see stored-formats.ts). A file has the parts that make sense for it, and no `html`.
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

/** The prefix of all content of a batch. */
export function batchPrefix(accountId: string, batchId: string): string {
  return `content/${accountId}/${batchId}/`;
}

/** The key of a rendering. Items (`idx`) are numbered from 0, renderings of an item from 1. */
export function contentKey(accountId: string, batchId: string, idx: number, rendering: number): string {
  return `${batchPrefix(accountId, batchId)}${idx}-${rendering}`;
}

/** Writes one part. @throws what R2 throws */
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

/** Reads one part, or null if there is none. @throws what R2 throws */
export async function getPart(
  bucket: R2Bucket,
  key: string,
  part: ContentPart,
  options?: R2GetOptions,
): Promise<R2ObjectBody | null> {
  return (await bucket.get(`${key}/${part}`, options)) as R2ObjectBody | null;
}
