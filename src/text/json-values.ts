/** How many values a JSON text has, without parsing it. */

const openers = new Set(["[", "{"]);
const closers = new Set(["]", "}"]);
const spaces = new Set([" ", "\n", "\r", "\t"]);

/**
 * Counts the values in a JSON text: the root, and each member and element of every object and array.
 *
 * It takes time in proportion to the text's length, and no memory. Text that is not JSON gets some count, too.
 */
export function countJsonValues(json: string): number {
  let count = 1;
  for (let at = 0; at < json.length; at++) {
    const character = json.charAt(at);
    if (character === '"') at = endOfString(json, at + 1);
    else if (character === "," || (openers.has(character) && !isEmpty(json, at + 1))) count += 1;
  }
  return count;
}

/** Whether the object or array ends where it starts. */
function isEmpty(json: string, start: number): boolean {
  let at = start;
  while (spaces.has(json.charAt(at))) at += 1;
  return closers.has(json.charAt(at));
}

/** The index of the quote that ends the string, or the text's length. `start` is its first character. */
function endOfString(json: string, start: number): number {
  for (let at = json.indexOf('"', start); at >= 0; at = json.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (at - backslashes > start && json.charAt(at - backslashes - 1) === "\\") backslashes += 1;
    if (backslashes % 2 === 0) return at;
  }
  return json.length;
}
