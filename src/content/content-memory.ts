/**
 * How much memory a page or file takes while it is captured, parsed and saved, and the budget that large ones share.
 *
 * An isolate has 128 MB. Trawl itself takes 20 MB of them. Ordinary pages, which do not wait, take the rest: eight tabs
 * and eight pages that are being saved have at most 2 MiB each.
 */
import { MemoryBudget, type MemoryReservation } from "../io/memory-budget.ts";
import { fitsInTree } from "./html-tree.ts";

const mebibyte = 1024 * 1024;

export const contentMemory = new MemoryBudget({
  bytes: 64 * mebibyte,
  freeBytes: 2 * mebibyte,
  // Longer than it takes to transfer and save any page.
  maxHeldMs: 60_000,
});

export type { MemoryReservation };

/** How long a page waits for others to be saved, in ms. Shorter than the time for which its browser is leased. */
export const MEMORY_WAIT_MS = 40_000;
/** How long a request waits, in ms. Shorter than clients wait for an answer. */
const REQUEST_WAIT_MS = 20_000;

/** Bytes that one tag takes in a tree, with its element, attributes and text. */
const TREE_BYTES_PER_TAG = 200;

export interface HtmlSize {
  /** Characters, as UTF-16 code units. */
  length: number;
  /** Bytes in UTF-8. */
  bytes: number;
  /** Whether it has characters beyond Latin-1. V8 keeps such a string in two bytes per character, others in one. */
  isWide: boolean;
  /** Start and end tags, at most. */
  tags: number;
}

/** Bytes that an HTML page takes: its text twice, since each step copies it, once as it is written to R2, and a tree. */
export function memoryOfHtml({ length, bytes, isWide, tags }: HtmlSize): number {
  const text = isWide ? 2 * length : length;
  const tree = fitsInTree(length, tags) ? tags * TREE_BYTES_PER_TAG : 0;
  return 2 * text + bytes + tree;
}

/** Bytes that a file takes: itself, its text in two bytes per character, its Markdown, and what is written to R2. */
export function memoryOfFile(bytes: number): number {
  return 6 * bytes;
}

/**
 * Calls `use` when there is room for `bytes`. For requests.
 *
 * @throws TimeLimitError after 20 s; what `use` throws
 */
export async function withMemory<T>(bytes: number, use: () => Promise<T>): Promise<T> {
  const memory = await contentMemory.reserve(bytes, { limitMs: REQUEST_WAIT_MS });
  try {
    return await use();
  } finally {
    memory.release();
  }
}
