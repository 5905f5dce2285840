/** The links of listed items. They are stored with the pages' content, not in the database. */

import { getPart } from "../content/stored-parts.ts";
import type { ItemRow } from "../db/items.ts";

/** Bytes of links (as JSON) after which a page of items ends early. */
const MAX_LINK_BYTES = 4 * 1024 * 1024;
/** A Worker has at most six simultaneous connections (developers.cloudflare.com/workers/platform/limits). */
const CONCURRENT_READS = 6;

/**
 * Reads the links of the first items, as many as fit into one response. Returns one list per item; items without links
 * have an empty one.
 *
 * @throws what R2 throws
 */
export async function readLinks(bucket: R2Bucket, items: ItemRow[]): Promise<string[][]> {
  const lists: string[][] = [];
  let bytes = 0;
  for (let i = 0; i < items.length && bytes < MAX_LINK_BYTES; i += CONCURRENT_READS) {
    const read = await Promise.all(items.slice(i, i + CONCURRENT_READS).map((item) => linksOf(bucket, item)));
    for (const list of read) {
      if (lists.length > 0 && bytes >= MAX_LINK_BYTES) break;
      lists.push(list.links);
      bytes += list.bytes;
    }
  }
  return lists;
}

/** The links of an item, and their size in bytes as JSON. @throws what R2 throws */
export async function linksOf(bucket: R2Bucket, item: ItemRow): Promise<{ links: string[]; bytes: number }> {
  const part = item.contentKey && (await getPart(bucket, item.contentKey, "links"));
  return part ? { links: await part.json<string[]>(), bytes: part.size } : { links: [], bytes: 0 };
}
