/** The forms in which clients get a page's content. */
import { type ContentPart, getPart } from "./content.ts";

export const formats = ["html", "markdown", "json", "text"] as const satisfies readonly ContentPart[];
export type Format = (typeof formats)[number];

/** Size in bytes of each part that is kept of a rendering. @throws what R2 throws */
export async function partSizes(bucket: R2Bucket, key: string): Promise<Map<string, number>> {
  const { objects } = await bucket.list({ prefix: `${key}/` });
  return new Map(objects.map(({ key: name, size }) => [name.slice(key.length + 1), size]));
}

/** Size and type of one format of a rendering. Null if the page does not have it. @throws what R2 throws */
export async function describeFormat(
  bucket: R2Bucket,
  key: string,
  format: Format,
): Promise<R2Object | null> {
  return bucket.head(`${key}/${format}`);
}

/** One format of a rendering. Null if the page does not have it. @throws what R2 throws */
export async function readFormat(
  bucket: R2Bucket,
  key: string,
  format: Format,
  options?: R2GetOptions,
): Promise<R2ObjectBody | null> {
  return getPart(bucket, key, format, options);
}
