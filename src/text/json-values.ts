/** How many values a JSON text has, without parsing it. */

const code = (character: string) => character.charCodeAt(0);
const QUOTE = code('"');
const BACKSLASH = code("\\");
const COMMA = code(",");
const openers = new Set([code("["), code("{")]);
const closers = new Set([code("]"), code("}")]);
const spaces = new Set([code(" "), code("\n"), code("\r"), code("\t")]);

/**
 * Counts the values in a JSON text: the root, and each member and element of every object and array.
 *
 * It takes time in proportion to the text's length, and no memory. Text that is not JSON gets some count, too.
 *
 * @param json in UTF-8, or any encoding that writes quotes, commas and brackets as ASCII does
 */
export function countJsonValues(json: Uint8Array): number {
  let count = 1;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at] ?? 0;
    if (byte === QUOTE) at = endOfString(json, at + 1);
    else if (byte === COMMA || (openers.has(byte) && !isEmpty(json, at + 1))) count += 1;
  }
  return count;
}

/** Whether the object or array ends where it starts. */
function isEmpty(json: Uint8Array, start: number): boolean {
  let at = start;
  while (spaces.has(json[at] ?? 0)) at += 1;
  return closers.has(json[at] ?? 0);
}

/** The index of the quote that ends the string, or the text's length. `start` is its first character. */
function endOfString(json: Uint8Array, start: number): number {
  for (let at = json.indexOf(QUOTE, start); at >= 0; at = json.indexOf(QUOTE, at + 1)) {
    let backslashes = 0;
    while (at - backslashes > start && json[at - backslashes - 1] === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return at;
  }
  return json.length;
}
