/** The links of listed items. They are kept beside the pages' content, not in the database. */

import { getPart } from "../content/parts.ts";
import type { ItemRow } from "../db/items.ts";

/** Links in one answer, in bytes of JSON: a page of items ends early rather than going far beyond. */
const MAX_LINK_BYTES = 4 * 1024 * 1024;
/** A Worker has six connections at once (developers.cloudflare.com/workers/platform/limits). */
const READ_AT_ONCE = 6;

/**
 * The links of the first items, one list each: of all items given, or of as many as fit into one answer. Items that
 * have none get an empty list.
 *
 * @throws what R2 throws
 */
export async function readLinks(bucket: R2Bucket, items: ItemRow[]): Promise<string[][]> {
  const lists: string[][] = [];
  let bytes = 0;
  for (let i = 0; i < items.length && bytes < MAX_LINK_BYTES; i += READ_AT_ONCE) {
    const read = await Promise.all(items.slice(i, i + READ_AT_ONCE).map((item) => linksOf(bucket, item)));
    for (const list of read) {
      if (lists.length > 0 && bytes >= MAX_LINK_BYTES) break;
      lists.push(list.links);
      bytes += list.bytes;
    }
  }
  return lists;
}

async function linksOf(bucket: R2Bucket, item: ItemRow): Promise<{ links: string[]; bytes: number }> {
  const part = item.contentKey && (await getPart(bucket, item.contentKey, "links"));
  return part ? { links: await part.json<string[]>(), bytes: part.size } : { links: [], bytes: 0 };
}
