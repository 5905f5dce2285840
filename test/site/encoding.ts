/**
 * Encodes text in other encodings than UTF-8.
 *
 * `TextEncoder` only supports UTF-8, but `TextDecoder` supports every encoding of the Encoding Standard. So the encoder
 * inverts the decoder.
 */

const tables = new Map<string, Map<string, Uint8Array>>();

/** The bytes of each character, found by decoding all single bytes and all pairs of lead and trail byte. */
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
      // These bytes are not a character.
    }
  };
  for (let byte = 0; byte < 256; byte++) add(byte);
  for (let lead = 0x81; lead < 0xff; lead++) for (let trail = 0x40; trail < 0xff; trail++) add(lead, trail);
  tables.set(encoding, table);
  return table;
}

/**
 * Encodes text.
 *
 * @param encoding `utf-16le`, `utf-16be`, or the label of an encoding with one or two bytes per character, such as
 *   `shift_jis` or `windows-1251`
 * @throws {Error} for a character that the encoding does not have
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
