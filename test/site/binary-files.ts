/** Creates valid files in binary formats. */
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

/** A PNG of `width` × `height` pixels: a gradient with colors derived from `name`. */
export function png(name: string, width = 320, height = 240): Uint8Array {
  const seed = crc32(name);
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0, at = 0; y < height; y++) {
    // Each row starts with its filter; 0 means none.
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
  // 8 bits per channel, RGB, standard compression and filtering, not interlaced.
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", new Uint8Array()),
  ]);
}

/** A PDF with one page per line of text. */
export function pdf(title: string, lines: string[]): Uint8Array {
  const font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>";
  const contents = lines.map((line) => `BT /F1 18 Tf 72 720 Td ${literal(line)} Tj ET`);
  return pdfOf(contents, { font, title });
}

/** A PDF of one page with one line of text, whose font has none of its own: it names one of Adobe's character maps. */
export function pdfWithNamedMap(map: string, ordering: string, text: Uint8Array): Uint8Array {
  const descriptor =
    "<< /Type /FontDescriptor /FontName /Any /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>";
  const characters = `<< /Type /Font /Subtype /CIDFontType0 /BaseFont /Any /CIDSystemInfo << /Registry (Adobe) /Ordering (${ordering}) /Supplement 2 >> /FontDescriptor ${descriptor} /DW 1000 >>`;
  const font = `<< /Type /Font /Subtype /Type0 /BaseFont /Any /Encoding /${map} /DescendantFonts [${characters}] >>`;
  return pdfOf([`BT /F1 12 Tf 72 720 Td <${Buffer.from(text).toString("hex")}> Tj ET`], { font });
}

const literal = (text: string) => `(${text.replace(/[\\()]/g, "\\$&")})`;

/** A PDF with a page for each content stream: a catalog, the pages, and a table of object offsets (PDF 1.4, section 3.4). */
export function pdfOf(contents: string[], { font = "<< >>", title = "" } = {}): Uint8Array {
  const pageRefs = contents.map((_, index) => `${5 + index * 2} 0 R`).join(" ");
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    `<< /Type /Pages /Kids [${pageRefs}] /Count ${contents.length} >>`,
    font,
    `<< /Title ${literal(title)} >>`,
    ...contents.flatMap((content, index) => [
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents ${6 + index * 2} 0 R /Resources << /Font << /F1 3 0 R >> >> >>`,
      `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    ]),
  ];
  let file = "%PDF-1.4\n";
  const offsets = objects.map((object, index) => {
    const offset = file.length;
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R /Info 4 0 R >>\nstartxref\n${file.length}\n%%EOF\n`;
  return Buffer.from(file, "latin1");
}

/** A ZIP archive with one uncompressed file (APPNOTE.TXT, section 4.3). */
export function zip(name: string, content: string): Uint8Array {
  const data = Buffer.from(content);
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt32LE(crc32(data), 10);
  fields.writeUInt32LE(data.length, 14);
  fields.writeUInt32LE(data.length, 18);
  fields.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from("PK\x03\x04"), fields, Buffer.from(name), data]);
  const entry = Buffer.concat([
    Buffer.from("PK\x01\x02\x14\x00"),
    fields,
    Buffer.alloc(14),
    Buffer.from(name),
  ]);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(entry.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, entry, end]);
}

/** Silence as WAV: a RIFF header and constant samples of 8 bits. */
export function wav(samples: number): Uint8Array {
  const file = Buffer.alloc(44 + samples, 0x80);
  file.write("RIFF", 0, "latin1");
  file.writeUInt32LE(36 + samples, 4);
  file.write("WAVEfmt ", 8, "latin1");
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(samples, 24);
  file.writeUInt32LE(samples, 28);
  file.writeUInt16LE(1, 32);
  file.writeUInt16LE(8, 34);
  file.write("data", 36, "latin1");
  file.writeUInt32LE(samples, 40);
  return file;
}

/** A TrueType font whose letter A is a square, and all others are missing (OpenType specification, chapter 5). */
export function font(name: string): Uint8Array {
  const words = (...values: number[]) => {
    const bytes = Buffer.alloc(values.length * 2);
    for (const [index, value] of values.entries()) bytes.writeUInt16BE(value & 0xffff, index * 2);
    return bytes;
  };
  const letters = Buffer.from(name, "utf16le").swap16();
  const unitsPerEm = 1000;
  // A square of 800 units: bounds, end of its contour, no instructions, four points on the curve, then x and y by deltas.
  const glyph = Buffer.concat([
    words(1, 0, 0, 800, 800, 3, 0),
    Buffer.from([1, 1, 1, 1]),
    words(0, 0, 800, 0, 0, 800, 0, -800),
  ]);
  const tables: Record<string, Buffer> = {
    "OS/2": words(
      ...[4, unitsPerEm, 400, 5, 0, 650, 600, 0, 75, 650, 600, 0, 350, 50, 300, 0],
      ...[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x2020, 0x2020, 0x40, 65, 65, 800, -200, 0, 800, 200],
      ...[0, 1, 0, 0, 500, 800, 0, 32, 0],
    ),
    // One subtable for Unicode: A is glyph 1.
    cmap: words(0, 1, 3, 1, 0, 12, 4, 32, 0, 4, 4, 1, 0, 65, 0xffff, 0, 65, 0xffff, -64, 1, 0, 0),
    glyf: Buffer.concat([glyph, glyph]),
    head: words(
      ...[
        1,
        0,
        1,
        0,
        0,
        0,
        0x5f0f,
        0x3cf5,
        0,
        unitsPerEm,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        800,
        800,
        0,
        8,
        2,
        0,
        0,
      ],
    ),
    hhea: words(1, 0, 800, -200, 0, unitsPerEm, 0, 0, 800, 1, 0, 0, 0, 0, 0, 0, 0, 2),
    hmtx: words(unitsPerEm, 0, unitsPerEm, 100),
    loca: words(0, glyph.length / 2, glyph.length),
    maxp: words(1, 0, 2, 4, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0),
    name: Buffer.concat([words(0, 1, 18, 3, 1, 0x409, 1, letters.length, 0), letters]),
    post: words(3, 0, 0, 0, -100, 50, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  };
  return sfnt(tables);
}

/** A font file: a directory of its tables, and the tables, each at a multiple of four bytes. */
function sfnt(tables: Record<string, Buffer>): Uint8Array {
  const entries = Object.entries(tables);
  const log = Math.floor(Math.log2(entries.length));
  const directory = Buffer.alloc(12 + entries.length * 16);
  directory.writeUInt32BE(0x10000, 0);
  directory.writeUInt16BE(entries.length, 4);
  directory.writeUInt16BE(16 << log, 6);
  directory.writeUInt16BE(log, 8);
  directory.writeUInt16BE((entries.length - (1 << log)) * 16, 10);
  const padded: Buffer[] = [];
  let at = directory.length;
  entries.forEach(([tag, table], index) => {
    const bytes = Buffer.concat([table, Buffer.alloc(-table.length & 3)]);
    let sum = 0;
    for (let word = 0; word < bytes.length; word += 4) sum = (sum + bytes.readUInt32BE(word)) >>> 0;
    directory.write(tag, 12 + index * 16, "latin1");
    directory.writeUInt32BE(sum, 16 + index * 16);
    directory.writeUInt32BE(at, 20 + index * 16);
    directory.writeUInt32BE(table.length, 24 + index * 16);
    padded.push(bytes);
    at += bytes.length;
  });
  return Buffer.concat([directory, ...padded]);
}
