/** Bodies of `POST /v1/batches`. */
import { items } from "./caller.ts";

/** A valid batch with other fields. */
export const withField = (change: Record<string, unknown>) => ({ items: items(1), ...change });

/** A valid batch whose item has other fields. Undefined removes one. */
export const withItem = (change: Record<string, unknown>) => ({ items: [{ ...items(1)[0], ...change }] });

export const metadataKeys = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`key${i}`, "value"]));

export const urlOfLength = (length: number) => "https://example.com/".padEnd(length, "x");
