/** Which strings can be stored and returned unchanged. */

/** Length in Unicode characters, as JSON Schema counts them, not in UTF-16 units. Unlike `[...text]`, allocates nothing. */
export function characters(text: string): number {
  let surplus = 0;
  for (let i = 0; i < text.length - 1; i += 1) {
    if (text.charCodeAt(i) >> 10 === 0x36 && text.charCodeAt(i + 1) >> 10 === 0x37) surplus += 1;
  }
  return text.length - surplus;
}

/** A regular expression for text without U+0000. JSON in UTF-8 has no halves of surrogate pairs. */
export const storablePattern = "^[^\\u0000]*$";

/**
 * Why the text cannot be stored, or null. SQLite's JSON functions end a string at U+0000, and UTF-8 cannot encode half a
 * surrogate pair.
 */
export function textFault(text: string): string | null {
  if (text.includes("\0")) return "contains the character U+0000, which cannot be stored";
  if (!text.isWellFormed()) return "contains half of a surrogate pair, which UTF-8 cannot encode";
  return null;
}
