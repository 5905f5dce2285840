/** The format of API keys, and what is stored of them. */
import { createHash } from "node:crypto";
import { customAlphabet } from "nanoid";
import { lettersAndDigits } from "../text/id.ts";

const random = customAlphabet(lettersAndDigits, 32);
const format = /^trawl_[0-9A-Za-z]{32}$/;
const SHOWN_CHARACTERS = 12;

/** Generates a key: `trawl_` and 32 letters and digits, 190 bits of randomness. */
export function newKey(): string {
  return `trawl_${random()}`;
}

/** Whether the text has the format of a key. If not, it needs no query. */
export function looksLikeKey(text: string): boolean {
  return format.test(text);
}

/** The key's first characters, by which people can tell keys apart. */
export function keyPrefix(key: string): string {
  return key.slice(0, SHOWN_CHARACTERS);
}

/** SHA-256 in hex, which is stored and looked up. Keys are too random to need salt or a slow hash. */
export function hashKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
