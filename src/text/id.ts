/** Ids that cannot be guessed: a prefix that says what they identify, and 22 letters and digits (131 bits). */
import { customAlphabet } from "nanoid";

export const lettersAndDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

const random = customAlphabet(lettersAndDigits, 22);

export type IdKind = "acct" | "batch" | "delivery" | "error" | "event" | "key" | "parser";

/** Generates an id, such as `batch_4fQ…`. */
export function newId(kind: IdKind): string {
  return `${kind}_${random()}`;
}
