/** Ids that cannot be guessed: a prefix that tells what they name, and 22 letters and digits (131 bits). */
import { customAlphabet } from "nanoid";

const random = customAlphabet("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 22);

export type IdKind = "acct" | "batch" | "delivery" | "error" | "event" | "key" | "parser";

/** A new id, such as `batch_4fQ…`. */
export function newId(kind: IdKind): string {
  return `${kind}_${random()}`;
}
