/**
 * Text as bytes in encodings that are not UTF-8.
 *
 * `TextEncoder` knows only UTF-8, but `TextDecoder` knows all of the Encoding Standard's: an encoder is its inversion.
 */

const tables = new Map<string, Map<string, Uint8Array>>();

/** What each character is in the encoding: all single bytes and all pairs of a lead byte and a trail byte. */
function tableOf(encoding: string): Map<string, Uint8Array> {
  const known = tables.get(encoding);
  if (known) return known;
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: false });
  const table = new Map<string, Uint8Array>();
  const add = (...bytes: number[]) => {
    const sequence = Uint8Array.from(bytes);
    try {
      const character = decoder.decode(sequence);
      if ([...character].length === 1 && !table.has(character)) table.set(character, sequence);
    } catch {
      // No character has these bytes.
    }
  };
  for (let byte = 0; byte < 256; byte++) add(byte);
  for (let lead = 0x81; lead < 0xff; lead++) for (let trail = 0x40; trail < 0xff; trail++) add(lead, trail);
  tables.set(encoding, table);
  return table;
}

/**
 * `text` in one of the Encoding Standard's encodings of one or two bytes a character, by its label, such as
 * `shift_jis` or `windows-1251`, or in `utf-16le` or `utf-16be`. Throws for a character that it does not have.
 */
export function encoded(text: string, encoding: string): Uint8Array {
  if (encoding === "utf-16le") return Buffer.from(text, "utf16le");
  if (encoding === "utf-16be") return Buffer.from(text, "utf16le").swap16();
  const table = tableOf(encoding);
  const sequences = Array.from(text, (character) => {
    const sequence = table.get(character);
    if (!sequence) throw new Error(`${encoding} has no ${JSON.stringify(character)}`);
    return sequence;
  });
  return Buffer.concat(sequences);
}
