/** Finds out in which encoding the bytes of a text are. */

export interface EncodedText {
  /** In lower case and without parameters. */
  mimeType: string;
  /** As stated by the server. */
  charset: string | undefined;
  body: Uint8Array;
}

/** Bytes in which a text declares its own encoding. */
const DECLARATION_BYTES = 1024;

/**
 * The encoding, by, in this order: a byte order mark, the charset that the server states, zeros in every other byte, an XML or
 * CSS declaration, and whether the bytes are UTF-8. Undefined if none of them tells: only statistics can.
 */
export function encodingOf({ mimeType, charset, body }: EncodedText): string | undefined {
  const stated = markedEncoding(body) ?? knownEncoding(charset) ?? unmarkedUtf16(body);
  // Many servers state their default for JSON, which is in UTF-8 (RFC 8259, section 8.1).
  if (stated === "windows-1252" && isJson(mimeType) && readsAsUtf8(body)) return "utf-8";
  return stated ?? declaredEncoding(body) ?? (readsAsUtf8(body) ? "utf-8" : undefined);
}

/** @param encoding if there is no such encoding, the text is read as Windows-1252, which has a character for every byte */
export function decodeText(body: Uint8Array, encoding: string | undefined): string {
  return new TextDecoder(knownEncoding(encoding) ?? "windows-1252").decode(body);
}

function markedEncoding([first, second, third]: Uint8Array): string | undefined {
  if (first === 0xef && second === 0xbb && third === 0xbf) return "utf-8";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return undefined;
}

/** UTF-16 without a mark, if the text begins with ASCII characters: one of the two bytes of each is zero. */
function unmarkedUtf16(body: Uint8Array): string | undefined {
  const start = body.subarray(0, 8);
  const hasZerosAt = (parity: number) =>
    start.length === 8 && start.every((byte, i) => (byte === 0) === (i % 2 === parity));
  if (hasZerosAt(1)) return "utf-16le";
  return hasZerosAt(0) ? "utf-16be" : undefined;
}

/** The standard's name for a label, or undefined if there is no such encoding. */
function knownEncoding(label: string | undefined): string | undefined {
  try {
    return label === undefined ? undefined : new TextDecoder(label).encoding;
  } catch {
    return undefined;
  }
}

function declaredEncoding(body: Uint8Array): string | undefined {
  const start = new TextDecoder("latin1").decode(body.subarray(0, DECLARATION_BYTES));
  const declaration = /^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([\w.:-]+)["']|^@charset "([\w.:-]+)";/.exec(
    start,
  );
  const encoding = knownEncoding(declaration?.[1] ?? declaration?.[2]);
  // In UTF-16, the declaration could not have been read as single bytes.
  return encoding?.startsWith("utf-16") ? "utf-8" : encoding;
}

/** Whether it is UTF-8, apart from a few broken characters, as in a file that was cut off. */
function readsAsUtf8(body: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(body);
    return !hasIso2022(body);
  } catch {
    let [broken, whole] = [0, 0];
    for (const character of new TextDecoder().decode(body)) {
      if (character === "\ufffd") broken += 1;
      else if (character > "\x7f") whole += 1;
    }
    return whole > 3 * broken;
  }
}

/** Whether it switches to Japanese or Korean by an escape sequence, in ASCII characters (ISO 2022). */
function hasIso2022(body: Uint8Array): boolean {
  for (let at = body.indexOf(0x1b); at >= 0; at = body.indexOf(0x1b, at + 1))
    if (body[at + 1] === 0x24) return true;
  return false;
}

function isJson(mimeType: string): boolean {
  return /[/+-](?:nd)?json/.test(mimeType);
}
