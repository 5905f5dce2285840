/** API keys: how they look, and what is kept of them. */
import { createHash } from "node:crypto";
import { customAlphabet } from "nanoid";

const random = customAlphabet("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 32);
const form = /^trawl_[0-9A-Za-z]{32}$/;
const SHOWN_CHARACTERS = 12;

/** A new key: `trawl_` and 32 letters and digits, 190 bits of randomness. */
export function newKey(): string {
  return `trawl_${random()}`;
}

/** Whether it can be a key at all, so that what cannot be one costs no query. */
export function looksLikeKey(text: string): boolean {
  return form.test(text);
}

/** The key's first characters, by which people tell keys apart. */
export function keyPrefix(key: string): string {
  return key.slice(0, SHOWN_CHARACTERS);
}

/** SHA-256, hex: what is stored and looked up. A key is random enough to need neither salt nor a slow hash. */
export function hashKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
