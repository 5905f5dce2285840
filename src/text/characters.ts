/** What a string of a request must be to come back as it was sent. */

/** Length in Unicode characters, as JSON Schema counts them, not in UTF-16 units. */
export function characters(text: string): number {
  let surplus = 0;
  for (let i = 0; i < text.length - 1; i += 1) {
    if (text.charCodeAt(i) >> 10 === 0x36 && text.charCodeAt(i + 1) >> 10 === 0x37) surplus += 1;
  }
  return text.length - surplus;
}

/** SQLite's JSON functions end a string at NUL, and UTF-8 has no form for half a surrogate pair. Null if neither. */
export function textFault(text: string): string | null {
  if (text.includes("\0")) return "contains the character U+0000, which cannot be kept";
  if (!text.isWellFormed()) return "contains half of a surrogate pair, which UTF-8 cannot hold";
  return null;
}
