/**
 * The character maps for Chinese, Japanese and Korean that PDFs refer to by name, instead of having their own. PDF.js asks
 * for them.
 *
 * They are packed into character-maps.bin by scripts/generate/character-maps.ts: one line of JSON, which has the size of
 * each, and then the maps.
 */
import { brotliDecompressSync } from "node:zlib";

let unpacked: Promise<Map<string, Uint8Array>> | undefined;

/** What PDF.js calls a binary data factory. */
export class CharacterMaps {
  /** @throws Error if there is no such map */
  async fetch({ filename }: { filename: string }): Promise<Uint8Array> {
    unpacked ??= unpack();
    const map = (await unpacked).get(filename.replace(/\.bcmap$/, ""));
    if (!map) throw new Error(`There is no character map ${filename}`);
    // PDF.js clones what it gets, and with a view all that is behind it.
    return map.slice();
  }
}

async function unpack(): Promise<Map<string, Uint8Array>> {
  const { default: packed } = await import("./character-maps.bin");
  const bytes = new Uint8Array(brotliDecompressSync(packed));
  let at = bytes.indexOf(0x0a) + 1;
  const { sizes } = JSON.parse(new TextDecoder().decode(bytes.subarray(0, at))) as {
    sizes: Record<string, number>;
  };
  const maps = Object.entries(sizes).map(([name, size]): [string, Uint8Array] => {
    at += size;
    return [name, bytes.subarray(at - size, at)];
  });
  return new Map(maps);
}
