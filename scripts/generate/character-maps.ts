/**
 * Generates src/content/extract/character-maps.bin: the character maps that PDFs may refer to by name.
 *
 *     npm pack pdfjs-dist@6.5.438 --pack-destination /tmp && tar -xzf /tmp/pdfjs-dist-6.5.438.tgz -C /tmp
 *     node scripts/generate/character-maps.ts /tmp/package/cmaps
 *
 * `pdfjs-dist` has them in the form that PDF.js reads, in one file each. They are compressed together, which makes them a
 * quarter smaller than one by one: many are variants of another.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

/** The predefined maps of PDF 1.7 (section 9.7.5.2), and those from their characters to Unicode. */
const names = `
  GB-EUC-H GB-EUC-V GBpc-EUC-H GBpc-EUC-V GBK-EUC-H GBK-EUC-V GBKp-EUC-H GBKp-EUC-V GBK2K-H GBK2K-V
  UniGB-UCS2-H UniGB-UCS2-V UniGB-UTF16-H UniGB-UTF16-V Adobe-GB1-UCS2
  B5pc-H B5pc-V HKscs-B5-H HKscs-B5-V ETen-B5-H ETen-B5-V ETenms-B5-H ETenms-B5-V CNS-EUC-H CNS-EUC-V
  UniCNS-UCS2-H UniCNS-UCS2-V UniCNS-UTF16-H UniCNS-UTF16-V Adobe-CNS1-UCS2
  83pv-RKSJ-H 90ms-RKSJ-H 90ms-RKSJ-V 90msp-RKSJ-H 90msp-RKSJ-V 90pv-RKSJ-H Add-RKSJ-H Add-RKSJ-V EUC-H EUC-V
  Ext-RKSJ-H Ext-RKSJ-V H V
  UniJIS-UCS2-H UniJIS-UCS2-V UniJIS-UCS2-HW-H UniJIS-UCS2-HW-V UniJIS-UTF16-H UniJIS-UTF16-V Adobe-Japan1-UCS2
  KSC-EUC-H KSC-EUC-V KSCms-UHC-H KSCms-UHC-V KSCms-UHC-HW-H KSCms-UHC-HW-V KSCpc-EUC-H
  UniKS-UCS2-H UniKS-UCS2-V UniKS-UTF16-H UniKS-UTF16-V Adobe-Korea1-UCS2`
  .trim()
  .split(/\s+/);

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("Say in which folder the maps are.");
const maps = names.map((name) => readFileSync(join(folder, `${name}.bcmap`)));
const license = readFileSync(join(folder, "LICENSE"), "utf8");
const sizes = Object.fromEntries(names.map((name, index) => [name, maps[index]?.byteLength]));
// One line of JSON, and then the maps.
const packed = Buffer.concat([Buffer.from(`${JSON.stringify({ license, sizes })}\n`), ...maps]);
const params = {
  [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
  [constants.BROTLI_PARAM_SIZE_HINT]: packed.byteLength,
};
const target = join(import.meta.dirname, "../../src/content/extract/character-maps.bin");
writeFileSync(target, brotliCompressSync(packed, { params }));
