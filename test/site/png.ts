/** Real PNG images, drawn by their name. */
import { crc32, deflateSync } from "node:zlib";

/** A chunk of the PNG format: length, type, data, checksum (PNG specification, section 5.3). */
function chunk(type: string, data: Uint8Array): Buffer {
  const typed = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(typed.length + 8);
  framed.writeUInt32BE(data.length, 0);
  typed.copy(framed, 4);
  framed.writeUInt32BE(crc32(typed), typed.length + 4);
  return framed;
}

/** A PNG of `width` × `height` pixels: a gradient whose colours `name` decides. */
export function png(name: string, width = 320, height = 240): Uint8Array {
  const seed = crc32(name);
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0, at = 0; y < height; y++) {
    // A row starts with its filter, 0 for none.
    rows[at++] = 0;
    for (let x = 0; x < width; x++) {
      rows[at++] = (seed + x) & 255;
      rows[at++] = ((seed >> 8) + y) & 255;
      rows[at++] = ((seed >> 16) + ((x + y) >> 1)) & 255;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits a channel, RGB, and the only compression, filtering and (no) interlacing there are.
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", new Uint8Array()),
  ]);
}
